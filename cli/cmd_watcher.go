package cli

import (
	"context"
	"time"

	"amalfa/app"
	"amalfa/registry"

	"github.com/urfave/cli/v3"
)

type pauseOptions struct {
	Service registry.Service
	For     *time.Duration // nil: until it is resumed
}

// pauseVerbs are what the watcher offers besides its life cycle.
func (a *program) pauseVerbs(svc registry.Service) []*cli.Command {
	flags := func(c *cli.Command) pauseOptions { return pauseOptions{svc, given(c, "for", c.Duration("for"))} }
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeUnusable)
	return []*cli.Command{
		a.command(cli.Command{
			Name: "pause", Usage: "let it do nothing for a while",
			UsageText: "amalfa watcher pause\namalfa watcher pause --for 1h",
			Flags:     []cli.Flag{&cli.DurationFlag{Name: "for", HideDefault: true, Usage: "go on by itself after `TIME` (30m, 2h; default: until \"amalfa watcher resume\")"}},
			Description: "It indexes nothing and makes no vectors until it is resumed, also when it is started anew; what changes meanwhile is\n" +
				"gathered, counted as index lag, and indexed afterwards. `amalfa init` is not held up.\n\n" + codes,
			Action: checked(arguments(0, 0, ""), withSettings(a, app.SettingsOptional, flags, (*session).pauseWatcher)),
		}),
		a.command(cli.Command{
			Name: "resume", Usage: "end the pause", Description: codes,
			Action: checked(arguments(0, 0, ""), withSettings(a, app.SettingsOptional, flags, (*session).resumeWatcher)),
		}),
	}
}

func (s *session) pauseWatcher(ctx context.Context, o pauseOptions) error {
	var length time.Duration
	if o.For != nil {
		if length = *o.For; length < time.Second {
			return usageError("--for takes a second or more, not "+length.String(), "leave it out for a pause without end")
		}
	}
	p, st, err := s.PauseWatcher(ctx, length)
	if err != nil {
		return err
	}
	return s.outcome(newRow(st), func() {
		if st.PID == 0 {
			s.line("watcher is %s; it does not run now", cleanLine(p.String()))
			return
		}
		s.line("watcher is %s", cleanLine(p.String()))
	})
}

func (s *session) resumeWatcher(ctx context.Context, o pauseOptions) error {
	was, st, err := s.ResumeWatcher(ctx)
	if err != nil {
		return err
	}
	return s.outcome(newRow(st), func() {
		switch {
		case st.PID == 0 && was:
			s.line(`watcher is not paused any more; it does not run: "amalfa watcher start"`)
		case st.PID == 0:
			s.line(`watcher was not paused; it does not run: "amalfa watcher start"`)
		case was:
			s.line("watcher goes on, pid %d", st.PID)
		default:
			s.line("watcher was not paused, pid %d", st.PID)
		}
	})
}
