package cli

import (
	"context"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

func (a *program) harvestCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "harvest", Category: categoryMemory, Usage: "find the terms of the notes and where they are defined",
		ArgsUsage: "[PATH...]", UsageText: "amalfa harvest\namalfa harvest docs src --budget 30s\namalfa harvest --json",
		Flags: []cli.Flag{&cli.DurationFlag{Name: "budget", Usage: "end after `TIME`; what is left is read the next time"}, noModelFlag()},
		Description: "Terms are titles, headings, definitions (\"X is a Y\"), bold terms, documented symbols of\ncode, and what notes say again and again. A language model of this machine, or of one that\nsonar.allowHosts names, adds what it names and the note holds. A note that was read is not read again until\nit changes; an interrupted run goes on where it was. The terms\nbecome nodes of the graph, \"term:name\", which explore, path --via APPEARS_IN and graph\nexport show. \"amalfa harvest-lexicon\" writes them to a file.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable, codeInterrupted),
		Action: with(a, func(c *cli.Command) harvestOptions { return harvestOptions{c.Args().Slice(), helperFlags(c)} }, (*session).harvest),
	})
}

type harvestOptions struct {
	Paths []string
	helperOptions
}

func (s *session) harvest(ctx context.Context, o harvestOptions) error {
	if o.Budget < 0 {
		return usageError("--budget is below 0", "for example --budget 30s")
	}
	m := s.meter()
	ans, err := s.Harvest(ctx, app.HarvestOptions{Paths: o.Paths, Budget: o.Budget, NoModel: o.NoModel, Progress: m.noteCount("Reading")})
	m.done()
	if err != nil {
		return unfound(err)
	}
	return s.print(ans, func() {
		s.line("%s: %d read, %d known before", count(ans.Notes, "note"), ans.Misses, ans.Hits)
		if ans.Left > 0 {
			s.note("%s left for the next time", count(ans.Left, "note"))
		}
		s.line("%s, %s", count(ans.Terms, "term"), count(ans.Edges, "edge"))
		for _, why := range ans.Degraded {
			s.tellDegraded(why)
		}
	})
}

func (a *program) lexiconCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "harvest-lexicon", Category: categoryMemory, Usage: "write the terms that harvest found as JSON lines",
		ArgsUsage: "[FILE]", UsageText: "amalfa harvest-lexicon\namalfa harvest-lexicon terms.jsonl",
		Description: "One term a line, those of most notes first: id, name, kind, state (active, deprecated\nwhere a note says so, historical where only notes speak of it that are a year older\nthan the newest), the notes that it appears in and those that define it. Without FILE\nit is .amalfa/lexicon-candidates.jsonl.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(0, 1, "a file"), with(a, func(c *cli.Command) string { return c.Args().First() }, (*session).lexicon)),
	})
}

type lexiconAnswer struct {
	Path  string `json:"path"`
	Terms int    `json:"terms"`
}

func (s *session) lexicon(ctx context.Context, to string) error {
	path, n, err := s.WriteLexicon(ctx, to)
	if err != nil {
		return err
	}
	return s.outcome(lexiconAnswer{path, n}, func() {
		s.line("%s in %s", count(n, "term"), s.Relative(path))
		if n == 0 {
			s.note("run \"amalfa harvest\" first")
		}
	})
}

func (a *program) squashCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "squash", Category: categoryMemory, Usage: "put the terms that harvest found into the graph",
		UsageText: "amalfa squash\namalfa squash --pattern \"docs/**\"",
		Flags:     []cli.Flag{&cli.StringFlag{Name: "pattern", Usage: "only of notes whose path, or whose sidecar's, fits `GLOB`; other notes keep what they have"}},
		Description: "Each term becomes a node, \"term:name\", with an edge APPEARS_IN to each note that speaks of\nit, DEFINES from each note that defines it, and its state: active, deprecated or\nhistorical. \"amalfa harvest\" does the same at its end, so this is for terms that one\nleft out, or for a part of the notes. No note is changed; \"amalfa ember squash\" is what\nwrites into notes.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(0, 0, ""), with(a, func(c *cli.Command) string { return c.String("pattern") }, (*session).squash)),
	})
}

func (s *session) squash(ctx context.Context, pattern string) error {
	ans, err := s.Squash(ctx, pattern)
	if err != nil {
		return err
	}
	return s.outcome(ans, func() {
		s.line("%s: %s, %s", count(ans.Files, "note"), count(ans.Nodes, "term"), count(ans.Edges, "edge"))
		if ans.Files == 0 {
			s.note("nothing of these notes was harvested as they are: run \"amalfa harvest\" first")
		}
	})
}
