package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"amalfa/app"
	"amalfa/registry"

	"github.com/urfave/cli/v3"
)

// A taskList is what add, cancel and retry answer about their one task.
type taskList struct {
	Tasks []app.TaskItem `json:"tasks"`
}

// A taskTable is `sonar task list --json`.
type taskTable struct {
	taskList
	Schedules []app.TaskSchedule `json:"schedules"` // what is added by itself
}

// A taskShown is `sonar task show --json`. Text is the report, or the task's own file while there is none.
type taskShown struct {
	app.TaskItem
	Text string `json:"text"`
}

// taskCommand is about work over the notes that nobody waits for.
func (a *program) taskCommand(svc registry.Service) *cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeUnusable)
	one := func(name, usage string, run func(*session, context.Context, string) error) *cli.Command {
		return a.command(cli.Command{
			Name: name, Usage: usage, ArgsUsage: "ID", Description: "ID is a task's, or the beginning of it that no other has.\n\n" + codes,
			Action: checked(arguments(1, 1, "the id of a task"), with(a, func(c *cli.Command) string { return c.Args().First() }, run)),
		})
	}
	list := plain(a, (*session).listTasks)
	g := a.group(cli.Command{
		Name: "task", Usage: "work over the notes that nobody waits for",
		Description: "A task waits in .amalfa/agent/tasks/pending until Sonar runs here, and ends with a report in completed/. What it would\nchange stands there as a patch, unless --apply was given.\n\n" + codes,
	}, list)
	g.Commands = []*cli.Command{
		a.taskAddCommand(svc, codes),
		a.command(cli.Command{Name: "list", Usage: "every task and its state (also without a word)", Description: codes, Action: checked(arguments(0, 0, ""), list)}),
		one("show", "print a task's report", (*session).showTask),
		one("cancel", "end a task that waits or is worked on", (*session).cancelTask),
		one("retry", "let a task that failed be worked on again", (*session).retryTask),
	}
	return g
}

func (a *program) taskAddCommand(svc registry.Service, codes string) *cli.Command {
	return a.command(cli.Command{
		Name: "add", Usage: "add a task", ArgsUsage: "TYPE",
		UsageText: "amalfa sonar task add synthesis --min-size 5\namalfa sonar task add research --query \"how did the harbour change?\"",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "query", Usage: "`TEXT` to find out about, for research"},
			&cli.StringFlag{Name: "message", Usage: "`TEXT` to answer, for chat"},
			&cli.StringFlag{Name: "session", Usage: "`ID` of the conversation that a chat goes on with"},
			&cli.StringFlag{Name: "model", Usage: "`NAME` of the language model (default: sonar.model)"},
			&cli.IntFlag{Name: "limit", Usage: "`N` notes, communities or pairs at most (default: the type's own)"},
			&cli.IntFlag{Name: "min-size", Usage: "`N` notes that a community has at least, for synthesis (default: 5)"},
			&cli.BoolFlag{Name: "apply", Usage: "change the notes, which \"amalfa undo\" takes back"},
			&cli.BoolFlag{Name: "no-notify", Usage: "do not tell the desktop when it ends"},
		},
		Description: "TYPE is one of:\n" +
			"  synthesis      name and summarise groups of notes that belong together\n" +
			"  timeline       give notes the day that they are about\n" +
			"  enhance_batch  keywords and a sentence on what each note says\n" +
			"  garden         links that are missing\n" +
			"  research       answer a question in steps, with sources\n" +
			"  chat           answer a message over the notes\n\n" + codes,
		Action: checked(oneTask(arguments(1, 1, "a type: "+strings.Join(app.TaskTypes(), ", "))), with(a, func(c *cli.Command) taskAddOptions { return taskAddFlags(c, svc) }, (*session).addTask)),
	})
}

// oneTask is count, for words behind the type that a flag takes, as a question: they are shown in their place.
func oneTask(count cli.ActionFunc) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		words := c.Args().Slice()
		if len(words) < 2 {
			return count(ctx, c)
		}
		kind, rest := plainType(words[0]), strings.Join(words[1:], " ")
		message, hint := fmt.Sprintf("%s %s does not take %q", c.FullName(), words[0], rest), `run "`+c.FullName()+` --help"`
		if flag := map[string]string{"research": "query", "chat": "message"}[kind]; flag != "" {
			hint = fmt.Sprintf("its text follows --%s: %s %s --%s %q", flag, c.FullName(), kind, flag, rest)
		}
		return usageError(message, hint)
	}
}

// plainType is the name of a type of task as it may be typed.
func plainType(word string) string { return strings.ReplaceAll(word, "-", "_") }

type taskAddOptions struct {
	Service registry.Service
	Task    app.NewTask
}

func taskAddFlags(c *cli.Command, svc registry.Service) taskAddOptions {
	t := app.NewTask{
		Type: plainType(c.Args().First()), Query: c.String("query"), Message: c.String("message"), SessionID: c.String("session"),
		Model: c.String("model"), Limit: c.Int("limit"), MinSize: c.Int("min-size"), AutoApply: c.Bool("apply"),
	}
	if c.Bool("no-notify") {
		t.Notify = new(bool)
	}
	return taskAddOptions{svc, t}
}

func (s *session) addTask(ctx context.Context, o taskAddOptions) error {
	if !slices.Contains(app.TaskTypes(), o.Task.Type) {
		return usageError(fmt.Sprintf("no task has the type %q", o.Task.Type), "one of "+strings.Join(app.TaskTypes(), ", "))
	}
	t, err := s.AddTask(o.Task)
	if err != nil {
		return err
	}
	if st, err := s.Inspect(ctx, o.Service); err == nil && !st.Trusted {
		s.aside("Sonar does not run here: \"amalfa sonar start\" has it worked on")
	}
	return s.taskOutcome(t, "Added")
}

func (s *session) taskOutcome(t app.TaskItem, what string) error {
	return s.outcome(taskList{[]app.TaskItem{t}}, func() { s.line("%s: %s", what, cleanLine(t.ID)) })
}

func (s *session) listTasks(context.Context) error {
	all, err := s.Tasks()
	if err != nil {
		return err
	}
	due, err := s.TaskSchedules()
	if err != nil {
		return err
	}
	return s.print(taskTable{taskList{all}, due}, func() {
		for _, t := range all {
			s.line("%-10s  %-13s  %s  %s", t.State, t.Type, t.Since.Local().Format(time.DateTime), cleanLine(t.ID))
		}
		if len(all) == 0 {
			s.line("No tasks.")
		}
		s.printSchedules(due)
	})
}

func (s *session) showTask(_ context.Context, id string) error {
	t, text, err := s.ShowTask(id)
	if err != nil {
		return err
	}
	return s.print(taskShown{t, text}, func() {
		if t.Report == nil {
			s.aside("%s is %s and has no report yet", cleanLine(t.ID), t.State)
		}
		s.line("%s", clean(text))
	})
}

func (s *session) cancelTask(_ context.Context, id string) error {
	t, err := s.CancelTask(id)
	if err != nil {
		return err
	}
	return s.taskOutcome(t, "Cancelled")
}

func (s *session) retryTask(_ context.Context, id string) error {
	t, err := s.RetryTask(id)
	if err != nil {
		return err
	}
	return s.taskOutcome(t, "Waits again")
}
