package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"amalfa/app"
	"amalfa/registry"
	"amalfa/services"
	"amalfa/services/sonar"
	"amalfa/tasks/ask"
	"amalfa/tasks/prompts"

	"github.com/urfave/cli/v3"
)

func (a *program) askCommand() *cli.Command {
	svc, _ := registry.Lookup("sonar")
	return a.command(cli.Command{
		Name: "ask", Category: categoryMemory, Usage: "answer a question from the notes, by a language model", ArgsUsage: "QUESTION",
		UsageText: "amalfa ask \"when are spring tides?\"\namalfa ask \"when are spring tides?\" --depth research\namalfa ask \"when are spring tides?\" --dry-run",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "depth", Value: ask.Quick, Usage: "`HOW` deep: quick reads what one search finds; research lets the model search, read and follow links, and keeps a report"},
			&cli.IntFlag{Name: "budget-tokens", Usage: "at most `N` tokens, of passages and answer together (from 700)"},
			&cli.BoolFlag{Name: "dry-run", Usage: "show which passages would be sent, and where; send nothing"},
		},
		Description: "Each sentence cites the lines that it rests on, and is held against them: its\nnumbers, dates and names must stand there, and its subject must be theirs. A\nsentence that its lines do not support is marked. Where the notes hold no answer\nthe model is not asked. Where no model answers, the passages themselves are\nshown, and why; with --json the error alone.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeUnusable, codeInterrupted),
		Action: checked(arguments(1, -1, "a question"), with(a, askFlags(svc), (*session).ask)),
	})
}

type askOptions struct {
	Service  registry.Service
	Question string
	Depth    string
	Budget   int
	DryRun   bool
}

func askFlags(svc registry.Service) func(c *cli.Command) askOptions {
	return func(c *cli.Command) askOptions {
		return askOptions{svc, strings.Join(c.Args().Slice(), " "), c.String("depth"), int(c.Int("budget-tokens")), c.Bool("dry-run")}
	}
}

// leastBudget has room for the instructions, a passage and a sentence.
const leastBudget = 700

func (s *session) ask(ctx context.Context, o askOptions) error {
	if o.Budget != 0 && o.Budget < leastBudget {
		return usageError(fmt.Sprintf("--budget-tokens takes a number from %d on", leastBudget), "leave it out for the usual")
	}
	if o.Depth != ask.Quick && o.Depth != ask.Research {
		return usageError("--depth takes quick or research", "leave it out for quick")
	}
	if strings.TrimSpace(o.Question) == "" || len(o.Question) > ask.MaxQuestion {
		return usageError(fmt.Sprintf("a question has 1 to %d bytes", ask.MaxQuestion), `for example: amalfa ask "when are spring tides?"`)
	}
	if o.DryRun {
		p, err := s.PreviewAsk(ctx, o.question())
		if err != nil {
			return err
		}
		return s.print(newDryRun(o.Question, p), func() { s.printDryRun(p) })
	}
	told := false
	show := func(x sonar.AskSentence) error {
		if told = true; !s.json {
			s.printSentence(x)
		}
		return nil
	}
	a, err := s.Ask(ctx, o.Service, sonar.AskQuestion{Question: o.Question, Depth: o.Depth, BudgetTokens: o.Budget}, show)
	if e, ok := errors.AsType[*services.Error](err); ok && !s.json && !told && sonar.Unanswered(e) {
		if p, failed := s.PreviewAsk(ctx, o.question()); failed == nil {
			s.printPassages(p)
		}
	}
	if err != nil {
		return err
	}
	return s.print(newAskAnswer(a), func() { s.printUsage(a) })
}

func (o askOptions) question() ask.Question {
	return ask.Question{Text: o.Question, Budget: o.Budget, Depth: o.Depth}
}

// An askAnswer is `ask --json`.
type askAnswer struct {
	Question   string              `json:"question"`
	Answer     []sonar.AskSentence `json:"answer"`
	Confidence string              `json:"confidence"`
	Sources    []ask.Source        `json:"sources"`
	Usage      askUsage            `json:"usage"`
	Trace      *string             `json:"trace"`
	Model      string              `json:"model"`
	Degraded   []string            `json:"degraded"`
}

type askUsage struct {
	Prompt     int `json:"promptTokens"`
	Completion int `json:"completionTokens"`
}

func newAskAnswer(a sonar.AskAnswer) askAnswer {
	return askAnswer{a.Question, a.Answer, a.Confidence, a.Sources, askUsage(a.Usage), a.Trace, a.Model, a.Degraded}
}

func (s *session) printSentence(x sonar.AskSentence) {
	var places []string
	for _, c := range x.Citations {
		places = append(places, fmt.Sprintf("%s:%d-%d", cleanLine(c.Path), c.Lines[0], c.Lines[1]))
	}
	line := clean(x.Sentence)
	if len(places) > 0 {
		line += " " + s.faint("["+strings.Join(places, ", ")+"]")
	}
	if !x.Supported {
		line += " " + s.amber("(not supported by the notes)")
	}
	s.line("%s", line)
}

func (s *session) printUsage(a sonar.AskAnswer) {
	for _, d := range a.Degraded {
		s.aside("note: %s", cleanLine(d))
	}
	if a.Trace != nil {
		s.aside("how it was found: %s", cleanLine(*a.Trace))
	}
	if a.Usage.Prompt+a.Usage.Completion > 0 {
		s.aside("%s: %s tokens read, %s written", cleanLine(a.Model), thousands(a.Usage.Prompt), thousands(a.Usage.Completion))
	}
}

// printPassages shows what a model would have been given.
func (s *session) printPassages(a app.Preview) {
	for _, p := range a.Passages {
		s.line("%s", s.bold(fmt.Sprintf("%s:%d-%d", cleanLine(p.ID), p.Lines[0], p.Lines[1])))
		s.line("%s\n", clean(prompts.Unescape(p.Text)))
	}
}

// A dryRun is `ask --dry-run --json`. Cost is null where no price is known.
type dryRun struct {
	Question string          `json:"question"`
	Host     string          `json:"host"`
	Remote   bool            `json:"remote"`
	Model    string          `json:"model"`
	Tokens   int             `json:"promptTokens"`
	Cost     *float64        `json:"cost"`
	Passages []dryRunPassage `json:"passages"`
	Degraded []string        `json:"degraded"`
}

type dryRunPassage struct {
	Path  string `json:"path"`
	Lines [2]int `json:"lines"`
	Text  string `json:"text"`
}

func newDryRun(question string, a app.Preview) dryRun {
	out := dryRun{Question: question, Host: a.Host, Remote: a.Remote, Model: a.Model, Tokens: a.Tokens, Cost: a.Cost, Passages: []dryRunPassage{}, Degraded: append([]string{}, a.Degraded...)}
	if !a.Answers() {
		out.Tokens = 0
		return out
	}
	for _, p := range a.Passages {
		out.Passages = append(out.Passages, dryRunPassage{p.ID, p.Lines, p.Text})
	}
	return out
}

func (s *session) printDryRun(a app.Preview) {
	for _, d := range a.Degraded {
		s.aside("note: %s", cleanLine(d))
	}
	if !a.Answers() {
		s.line("Nothing would be sent: the notes do not say.")
		return
	}
	s.printPassages(a)
	where := "on this machine"
	if a.Remote {
		where = "which is another machine"
	}
	s.line("These %d passages, with the question, would be sent to %s, %s: about %s tokens. %s", len(a.Passages), cleanLine(a.Host), where, thousands(a.Tokens), costLine(a))
}

func costLine(a app.Preview) string {
	switch {
	case a.Cost == nil && !a.Remote:
		return "That costs nothing."
	case a.Cost == nil:
		return "What that costs is not known."
	}
	return fmt.Sprintf("With an answer of %d tokens by %s that costs about $%.4f.", app.UsualAnswer, cleanLine(a.Model), *a.Cost)
}
