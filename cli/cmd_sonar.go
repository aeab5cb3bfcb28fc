package cli

import (
	"context"
	"errors"
	"os"

	"amalfa/registry"
	"amalfa/services/sonar"

	"github.com/mattn/go-isatty"
	"github.com/urfave/cli/v3"
)

// extraVerbs are what a service offers besides its life cycle.
func (a *program) extraVerbs(svc registry.Service) []*cli.Command {
	if svc.Name == "watcher" {
		return a.pauseVerbs(svc)
	}
	if svc.Name == "vector" || svc.Name == "reranker" {
		return []*cli.Command{a.quarantineCommand(svc)}
	}
	if svc.Pages {
		return []*cli.Command{a.openVerb(svc)}
	}
	if svc.Name != "sonar" {
		return nil
	}
	return []*cli.Command{a.taskCommand(svc), a.sonarModelsCommand(), a.sonarKeyCommand(), a.sonarSessionsCommand(), a.command(cli.Command{
		Name: "chat", Usage: "talk to the language model about the notes",
		Flags: []cli.Flag{&cli.StringFlag{Name: "model", Usage: "`NAME` of the language model (default: sonar.model)"}, &cli.StringFlag{Name: "session", Usage: "go on with the conversation `ID` (amalfa sonar sessions)"}},
		Description: "It says which model is asked, where, and on how many notes answers rest. A line is a question; \"exit\" or the end of\n" +
			"the input ends it, and Ctrl-C stops an answer. It fails when there is no model to ask, or when a question from a pipe got\n" +
			"no answer. In a folder that is no workspace it talks without notes and leaves nothing there; with --json each answer is\n" +
			"one line.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeInterrupted),
		Action: checked(arguments(0, 0, ""), with(a, func(c *cli.Command) chatOptions { return chatOptions{svc, c.String("model"), c.String("session")} }, (*session).chat)),
	})}
}

type chatOptions struct {
	Service registry.Service
	Model   string // "" for that of the settings
	Session string // "" for a new one
}

func (s *session) chat(ctx context.Context, o chatOptions) error {
	client, end, err := s.Sonar(ctx, o.Service)
	if err != nil {
		return cannotTalk(err)
	}
	defer end()
	keys, back := s.ending.interrupts()
	defer back()
	err = sonar.Chat(ctx, s.in, s.out, client, sonar.ChatOptions{
		Model: o.Model, SessionID: o.Session, Terminal: !s.json && isTerminal(s.in) && isTerminal(s.out), JSON: s.json, Interrupt: keys, Failed: func(err error) { s.report(err) },
	})
	if errors.Is(err, sonar.ErrInterrupted) {
		return context.Canceled
	}
	return cannotTalk(err)
}

// isTerminal takes the streams of a program, which are files outside of tests.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// cannotTalk ends with the code of a failure, whatever code the error has elsewhere: who calls wants to know whether there was
// an answer.
func cannotTalk(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return errFailed{err}
}
