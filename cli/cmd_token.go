package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

func (a *program) tokenCommand() *cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeUnusable)
	list := plain(a, (*session).listTokens)
	group := a.group(cli.Command{
		Name: "token", Category: categoryServices, Usage: "who may ask serve --http: tokens, one a person",
		UsageText: "amalfa token create ada\namalfa token create ada --write --workspace all\namalfa token list\namalfa token revoke ada\namalfa token log",
		Description: "A token is shown once, when it is made. Its SHA-256 is kept in tokens.json of the state folder, or in the team's database, where\n" +
			"it counts on every machine. As soon as there is one, every request to a serve --http that is started from then on needs one, on\n" +
			"this machine too. What people write is kept as well: who, tool and note.\n\n" + codes,
	}, list)
	group.Commands = []*cli.Command{
		a.command(cli.Command{
			Name: "create", Usage: "make a token for a person", ArgsUsage: "NAME",
			UsageText: "amalfa token create ada\namalfa token create ada --write --workspace ../docs\namalfa token create ben --workspace handbook --write-in plans --expires 90d",
			Flags: []cli.Flag{
				&cli.BoolFlag{Name: "read", Usage: "for reading (without a word too)"},
				&cli.BoolFlag{Name: "write", Usage: "also for the tools that change notes, where serve has them (--profile full, mcp.write)"},
				&cli.StringSliceFlag{Name: "workspace", Usage: "for these workspaces, each by its `NAME` or folder, or for all; without it this one"},
				&cli.StringSliceFlag{Name: "write-in", Usage: "for the workspace `NAME`, too, and to write there, whatever holds for the others"},
				&cli.StringFlag{Name: "expires", Usage: "until so many hours, days or weeks from now: `TIME`, as 12h, 90d or 4w; without it for ever"},
			},
			Description: codes,
			Action: checked(arguments(1, 1, "a NAME, as ada"), with(a, func(c *cli.Command) tokenOptions {
				return tokenOptions{c.Args().First(), c.Bool("read"), c.Bool("write"), c.StringSlice("workspace"), c.StringSlice("write-in"), c.String("expires")}
			}, (*session).createToken)),
		}),
		a.command(cli.Command{Name: "list", Usage: "list them, and what each is for (also without a word)", Description: codes, Action: checked(arguments(0, 0, ""), list)}),
		a.command(cli.Command{
			Name: "revoke", Usage: "end a person's token, for running servers too", ArgsUsage: "NAME", UsageText: "amalfa token revoke ada", Description: codes,
			Action: checked(arguments(1, 1, "a NAME, as ada"), with(a, func(c *cli.Command) tokenOptions { return tokenOptions{Name: c.Args().First()} }, (*session).revokeToken)),
		}),
		a.command(cli.Command{
			Name: "log", Usage: "who wrote which note, the newest first", ArgsUsage: "[NAME]", UsageText: "amalfa token log\namalfa token log ada --limit 5", Description: codes,
			Flags:  []cli.Flag{&cli.IntFlag{Name: "limit", Value: 50, Usage: "show at most `N` writes"}},
			Action: checked(arguments(0, 1, "a NAME, or none"), with(a, func(c *cli.Command) writesOptions { return writesOptions{c.Args().First(), c.Int("limit")} }, (*session).listWrites)),
		}),
	}
	return group
}

type tokenOptions struct {
	Name        string
	Read, Write bool
	Workspaces  []string
	WriteIn     []string
	Expires     string
}

// A tokenRow is one token in `token list --json`.
type tokenRow struct {
	Name       string     `json:"name"`
	Write      bool       `json:"write"`      // anywhere
	Workspaces []string   `json:"workspaces"` // that it reads: folders, in a database shared names, or "*"
	Writes     []string   `json:"writes"`     // that it writes, of those
	Created    time.Time  `json:"created"`
	By         *string    `json:"by"` // the role of the database that made it
	Expires    *time.Time `json:"expires"`
	Used       *time.Time `json:"used"` // last, to ten minutes
	Revoked    *time.Time `json:"revoked"`
}

// A newTokenRow is that of `token create --json`: the token is there once.
type newTokenRow struct {
	tokenRow
	Token string `json:"token"`
}

func rowOfToken(t app.Token) tokenRow {
	r := tokenRow{Name: t.Name, Workspaces: []string{}, Writes: []string{}, Created: t.Created, Expires: t.Expires, Used: t.Used, Revoked: t.Revoked}
	if t.Maker != "" {
		r.By = &t.Maker
	}
	for _, right := range t.Rights {
		r.Workspaces = append(r.Workspaces, right.Workspace)
		if right.Write {
			r.Write, r.Writes = true, append(r.Writes, right.Workspace)
		}
	}
	return r
}

// lifetime reads hours, days or weeks.
func lifetime(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	unit := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[text[len(text)-1]]
	n, err := strconv.Atoi(text[:len(text)-1])
	const most = 100 * 365 * 24 * time.Hour
	if err != nil || unit == 0 || n < 1 || time.Duration(n) > most/unit {
		return 0, usageError(fmt.Sprintf("--expires takes hours, days or weeks, a hundred years at most, not %q", text), "for example: --expires 90d")
	}
	return time.Duration(n) * unit, nil
}

func (s *session) createToken(ctx context.Context, o tokenOptions) error {
	if o.Read && o.Write {
		return usageError("--read and --write exclude each other", "--write may read as well")
	}
	expires, err := lifetime(o.Expires)
	if err != nil {
		return err
	}
	t, secret, err := s.CreateToken(ctx, app.NewToken{Name: o.Name, Workspaces: o.Workspaces, Write: o.Write, WriteIn: o.WriteIn, Expires: expires})
	if err != nil {
		return err
	}
	return s.print(newTokenRow{rowOfToken(t), secret}, func() {
		s.line("%s", secret)
		s.aside("%s's token, for %s; it is not shown again", o.Name, tokenFor(rowOfToken(t)))
		s.aside("a serve --http that runs on this machine alone has to be started again")
	})
}

// tokenFor says what a token is for.
func tokenFor(r tokenRow) string {
	writes := map[string]bool{}
	for _, w := range r.Writes {
		writes[w] = true
	}
	var reads []string
	for _, w := range r.Workspaces {
		if !writes[w] {
			reads = append(reads, w)
		}
	}
	var parts []string
	add := func(what string, workspaces []string) {
		switch {
		case len(workspaces) == 0:
		case workspaces[0] == "*": // sorts before all others
			parts = append(parts, strings.TrimSuffix(what+" all workspaces, "+cleanLine(strings.Join(workspaces[1:], ", ")), ", "))
		default:
			parts = append(parts, what+" "+cleanLine(strings.Join(workspaces, ", ")))
		}
	}
	add("reading", reads)
	add("reading and writing", r.Writes)
	return strings.Join(parts, "; ")
}

func (s *session) listTokens(ctx context.Context) error {
	all, err := s.Tokens(ctx)
	if err != nil {
		return err
	}
	rows := []tokenRow{}
	for _, t := range all {
		rows = append(rows, rowOfToken(t))
	}
	return s.print(rows, func() {
		if len(rows) == 0 {
			s.line("nobody has a token; \"amalfa token create NAME\" makes one")
			return
		}
		table := [][]string{{"NAME", "FOR", "MADE", "LAST USED", "EXPIRES", "REVOKED"}}
		for _, r := range rows {
			table = append(table, []string{r.Name, tokenFor(r), dayOf(&r.Created), dayOf(r.Used), dayOf(r.Expires), dayOf(r.Revoked)})
		}
		s.table(table)
	})
}

func dayOf(t *time.Time) string {
	return text(t, func(t time.Time) string { return t.Local().Format(time.DateOnly) })
}

func (s *session) revokeToken(ctx context.Context, o tokenOptions) error {
	if err := s.RevokeToken(ctx, o.Name); err != nil {
		return err
	}
	return s.print(map[string]any{"name": o.Name, "revoked": true}, func() { s.line("%s's token does not count any more", o.Name) })
}

type writesOptions struct {
	Who   string
	Limit int
}

// listWrites tells who wrote what.
func (s *session) listWrites(ctx context.Context, o writesOptions) error {
	if o.Limit < 1 {
		return usageError("--limit takes a number above 0", "for example: --limit 5")
	}
	all, err := s.PeoplesWrites(ctx, o.Who, o.Limit)
	if err != nil {
		return err
	}
	return s.print(append([]app.PersonsWrite{}, all...), func() {
		if len(all) == 0 {
			s.line("nobody wrote a note over a network")
			return
		}
		table := [][]string{{"WHEN", "WHO", "NOTE", "WORKSPACE", "TOOL", "FROM", "ASKED"}}
		for _, w := range all {
			table = append(table, []string{w.Time.Local().Format(time.DateTime), cleanLine(w.Who), cleanLine(w.Note), cleanLine(w.Workspace), w.Tool, w.From, cleanLine(w.Machine)})
		}
		s.table(table)
	})
}
