package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"amalfa/app"
	"amalfa/registry"
	"amalfa/services/sonar"

	"github.com/urfave/cli/v3"
)

// extraVerbs are what a service offers besides its life cycle.
func (a *program) extraVerbs(svc registry.Service) []*cli.Command {
	if svc.Name != "sonar" {
		return nil
	}
	return []*cli.Command{a.command(cli.Command{
		Name: "chat", Usage: "talk to the language model about the notes",
		Flags:       []cli.Flag{&cli.StringFlag{Name: "model", Usage: "`NAME` of the language model (default: sonar.model)"}},
		Description: "\"exit\" or the end of the input ends it; Ctrl-C stops an answer.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeInterrupted),
		Action:      checked(arguments(0, 0, ""), with(a, func(c *cli.Command) chatOptions { return chatOptions{svc, c.String("model")} }, (*session).chat)),
	})}
}

type chatOptions struct {
	Service registry.Service
	Model   string // "" for that of the settings
}

func (s *session) chat(ctx context.Context, o chatOptions) error {
	st, err := s.Start(ctx, o.Service, app.StartOptions{Port: -1, OnDemand: true, Wait: app.WaitReady})
	if err != nil {
		return err
	}
	if !st.Trusted {
		return fmt.Errorf("what listens on %s is not amalfa's sonar", st.Address)
	}
	client := sonar.NewClient("http://"+st.Address, st.Token)
	defer client.Close()
	keys := make(chan os.Signal, 1)
	signal.Notify(keys, os.Interrupt)
	defer signal.Stop(keys)
	err = sonar.Chat(context.WithoutCancel(ctx), s.in, s.out, client, sonar.ChatOptions{
		Model: o.Model, Terminal: s.color, Interrupt: keys,
	})
	if errors.Is(err, sonar.ErrInterrupted) {
		return context.Canceled
	}
	return err
}
