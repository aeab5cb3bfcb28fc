package cli

import (
	"context"
	"time"

	"amalfa/app"
	"amalfa/registry"

	"github.com/urfave/cli/v3"
)

// quarantineCommand is about the texts that ended a service's process.
func (a *program) quarantineCommand(svc registry.Service) *cli.Command {
	return a.command(cli.Command{
		Name: "quarantine", Usage: "list the texts that ended its process, or forget them",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "clear", Usage: "let them be read again"}},
		Description: "A text that was being read when the process died is a suspect: it is read alone from then on, and forgotten when that goes\n" +
			"well. One that ended two processes is refused, as \"quarantined\", so that all others are served: \"amalfa coverage\" names the\n" +
			"note of one that gets no vector, and a search leaves one that is not ranked where it stood. Texts are known by a hash of\n" +
			"their tokens; no word of them is kept.\n\n" + codesHelp(codeDone, codeFailed, codeUsage),
		Action: checked(arguments(0, 0, ""), withSettings(a, app.SettingsOptional, func(c *cli.Command) quarantineOptions { return quarantineOptions{svc, c.Bool("clear")} }, (*session).quarantine)),
	})
}

type quarantineOptions struct {
	Service registry.Service
	Clear   bool
}

// A quarantinedRow is one text in `vector quarantine --json`.
type quarantinedRow struct {
	Key     string    `json:"key"`
	Deaths  int       `json:"deaths"`
	Last    time.Time `json:"last"`
	Refused bool      `json:"refused"`
}

func (s *session) quarantine(_ context.Context, o quarantineOptions) error {
	rows := []quarantinedRow{}
	for _, q := range s.Quarantine(o.Service) {
		rows = append(rows, quarantinedRow{q.Key, q.Deaths, q.Last, q.Quarantined()})
	}
	if o.Clear {
		if err := s.ClearQuarantine(o.Service); err != nil {
			return err
		}
	}
	return s.print(rows, func() { s.printQuarantine(rows, o.Clear) })
}

func (s *session) printQuarantine(rows []quarantinedRow, cleared bool) {
	for _, r := range rows {
		what := "is read alone"
		if r.Refused {
			what = "is refused"
		}
		if cleared {
			what = "is forgotten"
		}
		s.line("%.12s  %s, the last time %s: it %s", r.Key, count(r.Deaths, "death"), r.Last.Local().Format(time.DateTime), what)
	}
	if len(rows) == 0 {
		s.line("no text has ended it")
	}
}
