package cli

import (
	"context"
	"strings"
	"unicode/utf8"

	"amalfa/notes"

	"github.com/urfave/cli/v3"
)

// A contextAnswer is `context list --json` and `context show --json`.
type contextAnswer struct {
	Folder   string          `json:"folder,omitempty"` // that was asked for
	Contexts []notes.Context `json:"contexts"`         // outer ones first
}

func (a *program) contextCommand() *cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeUnusable)
	folder := func(c *cli.Command) string { return c.Args().First() }
	list := plain(a, (*session).listContexts)
	group := a.group(cli.Command{
		Name: "context", Category: categoryMemory, Usage: "say what the notes of a folder are about",
		Description: "The text is told once with each answer that holds notes of the folder or of one\nbelow, marked as text of the files. It stands in a file " + notes.ContextName + " in the\nfolder, which can be shared with the notes and edited by hand. At most 2 KiB are\ntold.\n\n" + codes,
	}, list)
	group.Commands = []*cli.Command{
		a.command(cli.Command{Name: "list", Usage: "every folder of notes that says something (also without a word)", Description: codes, Action: checked(arguments(0, 0, ""), list)}),
		a.command(cli.Command{Name: "show", Usage: "what a folder and those above it say", ArgsUsage: "FOLDER", Description: codes,
			Action: checked(arguments(1, 1, "a folder"), with(a, folder, (*session).showContext))}),
		a.command(cli.Command{Name: "set", Usage: "say what the notes of a folder are about", ArgsUsage: "FOLDER TEXT",
			UsageText: "amalfa context set docs/adr \"decisions, newest wins\"", Description: codes,
			Action: checked(arguments(2, -1, "a folder and a text"), with(a, contextFlags, (*session).setContext))}),
		a.command(cli.Command{Name: "remove", Usage: "say nothing about a folder any more", ArgsUsage: "FOLDER", Description: codes,
			Action: checked(arguments(1, 1, "a folder"), with(a, folder, (*session).removeContext))}),
	}
	return group
}

type contextOptions struct{ Folder, Text string }

func contextFlags(c *cli.Command) contextOptions {
	return contextOptions{c.Args().First(), strings.Join(c.Args().Tail(), " ")}
}

func (s *session) listContexts(ctx context.Context) error {
	all, err := s.Contexts(ctx)
	if err != nil {
		return err
	}
	return s.print(contextAnswer{Contexts: all}, func() {
		s.printContexts(all)
		if len(all) == 0 {
			s.line("No folder says anything about its notes.")
		}
	})
}

func (s *session) showContext(_ context.Context, folder string) error {
	id, all, err := s.ContextsAt(folder)
	if err != nil {
		return err
	}
	return s.print(contextAnswer{id, all}, func() {
		s.printContexts(all)
		if len(all) == 0 {
			s.line("Neither %s nor a folder above it says anything.", cleanLine(id))
		}
	})
}

func (s *session) setContext(_ context.Context, o contextOptions) error {
	c, err := s.SetContext(o.Folder, o.Text)
	if err != nil {
		return err
	}
	return s.outcome(c, func() { s.printContexts([]notes.Context{c}) })
}

func (s *session) removeContext(_ context.Context, folder string) error {
	id, err := s.RemoveContext(folder)
	if err != nil {
		return err
	}
	return s.outcome(notes.Context{Folder: id}, func() { s.line("%s says nothing about its notes now.", cleanLine(id)) })
}

func (s *session) printContexts(all []notes.Context) {
	for _, c := range all {
		s.line("%s: %s", s.bold(cleanLine(c.Folder)), cleanLine(c.Text))
	}
}

// maxContextShown is how much of a context stands above hits, in characters.
const maxContextShown = 300

// tellContexts says above hits what their folders say, one faint line each.
func (s *session) tellContexts(all []notes.Context) {
	for _, c := range all {
		text := cleanLine(c.Text)
		if utf8.RuneCountInString(text) > maxContextShown {
			text = string([]rune(text)[:maxContextShown]) + "…"
		}
		s.line("%s", s.faint("about "+cleanLine(c.Folder)+": "+text))
	}
}
