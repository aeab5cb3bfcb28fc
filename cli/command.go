package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"amalfa/app"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// A session is a command at work on a workspace.
type session struct {
	*program
	*app.Workspace
}

// open finds the workspace and reads the settings. It writes nothing there.
func (a *program) open(use app.SettingsUse) (*session, error) {
	if info, err := os.Stat(a.root); a.root != "" && (errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir()) {
		return nil, usageError(fmt.Sprintf("--root takes a folder that is there, not %q", a.root), "for example: "+cmp.Or(a.running, "amalfa")+" --root ~/notes")
	}
	w, err := app.Open(app.Host{Env: a.env, Exe: a.exe, Notice: a.note, Download: a.downloads()}, app.OpenOptions{Root: a.root, Offline: a.offline, Anywhere: worksAnywhere(a.running), Settings: use})
	if err != nil {
		return nil, err
	}
	return &session{a, w}, nil
}

// withIndex opens the index, and closes it after fn.
func (s *session) withIndex(ctx context.Context, fn func(store.Store) error) error {
	st, err := s.ReadIndex(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	return fn(st)
}

// withIndexFor is withIndex, of an index that knows the files as they are now where a patch is made of what it says: a link to a note that was
// renamed meanwhile would lead nowhere.
func (s *session) withIndexFor(ctx context.Context, patch bool, fn func(store.Store) error) error {
	if patch {
		if err := s.Refresh(ctx); err != nil {
			return err
		}
	}
	return s.withIndex(ctx, fn)
}

// Categories of the help page, in the order of a first day.
const (
	categoryMemory   = "Memory"
	categoryServices = "Services"
	categoryModels   = "Models"
	categorySelf     = "amalfa itself"
)

// command finishes a command the way all of ours are: usage errors are returned and never printed by the library, a word too
// many is refused, and the help page (help.go) ends with the exit codes.
func (a *program) command(c cli.Command) *cli.Command {
	c.OnUsageError = usage
	c.HideHelpCommand = true
	c.Writer, c.ErrWriter = a.out, a.err
	if c.Description == "" {
		c.Description = codesHelp(codeDone, codeFailed, codeUsage)
	}
	if action := c.Action; action != nil {
		c.Action = func(ctx context.Context, c *cli.Command) error {
			a.running = c.FullName()
			a.flags = flags{root: c.String("root"), json: c.Bool("json"), offline: c.Bool("offline"), quiet: c.Bool("quiet")}
			return action(ctx, c)
		}
	}
	return &c
}

// group finishes a command that only holds others: without a word it does
// what bare says, and an unknown word is refused with a suggestion.
func (a *program) group(c cli.Command, bare cli.ActionFunc) *cli.Command {
	c.Action = bare // readLine has refused unknown words
	return a.command(c)
}

// arguments refuses a count of words that the command cannot use.
func arguments(least, most int, what string) func(context.Context, *cli.Command) error {
	return func(_ context.Context, c *cli.Command) error {
		n := c.Args().Len()
		if n < least {
			return usageError(fmt.Sprintf("%s needs %s", c.FullName(), what), "run \""+c.FullName()+" --help\"")
		}
		if most >= 0 && n > most {
			hint := "put words that belong together in quotes"
			if most == 0 {
				hint = "run \"" + c.FullName() + " --help\""
			}
			return usageError(fmt.Sprintf("%s does not take %q", c.FullName(), c.Args().Get(most)), hint)
		}
		return nil
	}
}

// with makes the action of a command that works on a workspace: the flags become its Options, which run works from.
func with[O any](a *program, read func(*cli.Command) O, run func(*session, context.Context, O) error) cli.ActionFunc {
	return withSettings(a, app.SettingsNeeded, read, run)
}

// withSettings is with for a command that works, or says more, where the settings cannot be used.
func withSettings[O any](a *program, use app.SettingsUse, read func(*cli.Command) O, run func(*session, context.Context, O) error) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		s, err := a.open(use)
		if err != nil {
			return err
		}
		return run(s, ctx, read(c))
	}
}

// workspaceFlag names another workspace, for the commands that inWorkspace makes.
func workspaceFlag() cli.Flag {
	return &cli.StringFlag{Name: "workspace", Aliases: []string{"w"}, HideDefault: true, Usage: "in this workspace, by its `NAME` or path, instead of the one of this folder; \"amalfa workspaces\" lists them"}
}

// inWorkspace is with for a command that reads this workspace, or the one of workspaceFlag.
func inWorkspace[O any](a *program, read func(*cli.Command) O, run func(*session, context.Context, O) error) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		s, err := a.open(app.SettingsNeeded)
		if err != nil {
			return err
		}
		if name := c.String("workspace"); c.IsSet("workspace") {
			if s.Workspace, err = s.InWorkspace(ctx, name); err != nil {
				return err
			}
		}
		return run(s, ctx, read(c))
	}
}

// plain is with for a command that has no flags of its own.
func plain(a *program, run func(*session, context.Context) error) cli.ActionFunc {
	return plainSettings(a, app.SettingsNeeded, run)
}

// plainSettings is withSettings for a command that has no flags of its own.
func plainSettings(a *program, use app.SettingsUse, run func(*session, context.Context) error) cli.ActionFunc {
	none := func(*cli.Command) struct{} { return struct{}{} }
	return withSettings(a, use, none, func(s *session, ctx context.Context, _ struct{}) error { return run(s, ctx) })
}

// given is a flag's value, nil where it was not on the command line.
func given[T any](c *cli.Command, name string, value T) *T {
	if !c.IsSet(name) {
		return nil
	}
	return &value
}

// checked runs check before action.
func checked(check, action cli.ActionFunc) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		if err := check(ctx, c); err != nil {
			return err
		}
		return action(ctx, c)
	}
}

func helpHint(path []*cli.Command) string { return `run "` + fullName(path) + ` --help"` }

func visible(c *cli.Command) []*cli.Command {
	var out []*cli.Command
	for _, sub := range c.Commands {
		if !sub.Hidden {
			out = append(out, sub)
		}
	}
	return out
}

// usage is every command's OnUsageError. A line reaches the library only after readLine took it, so this is the last resort.
func usage(_ context.Context, c *cli.Command, err error, _ bool) error {
	return usageError(strings.ToLower(err.Error()[:1])+err.Error()[1:], `run "`+c.FullName()+` --help"`)
}
