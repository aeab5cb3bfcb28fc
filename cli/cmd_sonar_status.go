package cli

import (
	"context"
	"fmt"
	"time"

	"amalfa/app"
)

// A sonarRow is `sonar status --json`: the row of the service, and how it stands.
type sonarRow struct {
	serverRow
	Sonar *sonarAnswer `json:"sonar"` // null where its settings cannot be used
}

type sonarAnswer struct {
	Provider   string      `json:"provider"`
	Host       string      `json:"host"`
	Model      *string     `json:"model"`
	Remote     bool        `json:"remote"`
	Unattended bool        `json:"unattended"` // whether it may be asked while nobody waits for it
	Refused    *string     `json:"refused"`    // why not
	Breaker    *string     `json:"breaker"`    // null where the service does not run
	Sessions   int         `json:"sessions"`
	Price      *sonarPrice `json:"price"` // null where the provider says none
	Hour       takenAnswer `json:"hour"`
	Day        takenAnswer `json:"day"`
	Tasks      tasksAnswer `json:"tasks"`
}

// A tasksAnswer is how many tasks are in each state, and what is added by itself.
type tasksAnswer struct {
	Pending    int                `json:"pending"`
	Processing int                `json:"processing"`
	Completed  int                `json:"completed"`
	Failed     int                `json:"failed"`
	Unseen     int                `json:"unseen"`  // ended, and their reports were not shown yet
	Foreign    *string            `json:"foreign"` // why those that lie there are nobody's, null where they are this user's
	Schedules  []app.TaskSchedule `json:"schedules"`
}

// A sonarPrice is in US dollars, for a million tokens.
type sonarPrice struct {
	Prompt     float64 `json:"promptPerMillion"`
	Completion float64 `json:"completionPerMillion"`
}

type takenAnswer struct {
	Requests         int      `json:"requests"`
	PromptTokens     int      `json:"promptTokens"`
	CompletionTokens int      `json:"completionTokens"`
	Cost             float64  `json:"cost"`       // US dollars, as far as providers say it
	TokenLimit       *int     `json:"tokenLimit"` // null for none
	CostLimit        *float64 `json:"costLimit"`
}

func newTaken(t app.Taken, tokens int, cost float64) takenAnswer {
	return takenAnswer{t.Requests, t.Prompt, t.Completion, t.Cost, ptr(tokens), ptr(cost)}
}

// line is for people: "3 requests, 1234 of 10000 tokens, $0.02 of $5.00".
func (t takenAnswer) line() string {
	of := ""
	if t.TokenLimit != nil {
		of = fmt.Sprintf(" of %d", *t.TokenLimit)
	}
	line := fmt.Sprintf("%s, %d%s tokens", count(t.Requests, "request"), t.PromptTokens+t.CompletionTokens, of)
	if t.Cost > 0 || t.CostLimit != nil {
		line += fmt.Sprintf(", $%.2f", t.Cost)
	}
	if t.CostLimit != nil {
		line += fmt.Sprintf(" of $%.2f", *t.CostLimit)
	}
	return line
}

// sonarStatus looks at how Sonar stands beside its row. Settings that cannot be used are told by the row.
func (s *session) sonarStatus(ctx context.Context, o serviceOptions) (*sonarAnswer, error) {
	st, err := s.SonarStatus(ctx, o.Service)
	if err != nil {
		return nil, err
	}
	l := st.Spending.Limits
	var price *sonarPrice
	if st.Price != nil {
		price = &sonarPrice{st.Price.Prompt * 1e6, st.Price.Completion * 1e6}
	}
	return &sonarAnswer{
		Provider: st.Provider, Host: st.Host, Model: ptr(st.Model), Remote: st.Remote, Unattended: st.Unattended == "", Refused: ptr(st.Unattended),
		Breaker: ptr(st.Breaker), Sessions: st.Sessions, Price: price,
		Hour: newTaken(st.Spending.Hour, l.TokensPerHour, l.CostPerHour), Day: newTaken(st.Spending.Day, l.TokensPerDay, l.CostPerDay),
		Tasks: newTasks(st.Tasks),
	}, nil
}

func (s *session) printSonar(a *sonarAnswer) {
	s.line("")
	s.line("model       %s by %s at %s, on %s", cleanLine(text(a.Model, self)), a.Provider, a.Host, where(a.Remote))
	unattended := "allowed"
	if a.Refused != nil {
		unattended = "not allowed: " + *a.Refused
	}
	s.line("unattended  %s", unattended)
	s.line("this hour   %s", a.Hour.line())
	s.line("today       %s", a.Day.line())
	if a.Price != nil {
		s.line("price       $%.2f for a million tokens read, $%.2f written", a.Price.Prompt, a.Price.Completion)
	}
	if a.Breaker != nil {
		s.line("breaker     %s", *a.Breaker)
	}
	s.line("sessions    %d", a.Sessions)
	t := a.Tasks
	s.line("tasks       %d pending, %d processing, %d completed, %d failed; %d not looked at", t.Pending, t.Processing, t.Completed, t.Failed, t.Unseen)
	if t.Foreign != nil {
		s.line("            %s", cleanLine(*t.Foreign))
	}
	s.printSchedules(t.Schedules)
}

func newTasks(t app.TaskOverview) tasksAnswer {
	return tasksAnswer{t.Pending, t.Processing, t.Completed, t.Failed, t.Unseen, ptr(t.Foreign), t.Schedules}
}

// printSchedules says of each schedule when it is due next, or why never.
func (s *session) printSchedules(all []app.TaskSchedule) {
	for _, c := range all {
		when := "next never"
		if c.Next != nil {
			when = "next " + c.Next.Local().Format(time.DateTime)
		}
		if c.Refused != nil {
			when = "not added: " + cleanLine(*c.Refused)
		}
		s.line("schedule    %s, %s", cleanLine(c.Name), when)
	}
}
