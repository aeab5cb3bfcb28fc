package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"amalfa/app"
	"amalfa/graph"
	"amalfa/search"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// A welcomeAnswer is `amalfa --json`.
type welcomeAnswer struct {
	Workspace string       `json:"workspace"`
	Why       string       `json:"why"`   // it is this folder
	Index     *indexCounts `json:"index"` // null where there is none
}

// welcome is bare `amalfa`: what a newcomer needs, or where this folder stands.
func (s *session) welcome(ctx context.Context) error {
	ans := welcomeAnswer{Workspace: s.Folder.Root, Why: s.Folder.Why}
	st, err := s.ReadIndex(ctx)
	if err != nil && !errors.Is(err, store.ErrNoIndex) {
		return err
	}
	if err == nil {
		defer st.Close()
		n, err := st.Stats(ctx)
		if err != nil {
			return err
		}
		counts := newIndexCounts(n)
		ans.Index = &counts
	}
	return s.print(ans, func() { s.printWelcome(ans) })
}

// promise is the first sentence that a newcomer reads.
func (s *session) promise() string {
	if d, ok, _ := s.Database(); ok && !d.Loopback {
		return "amalfa keeps a memory of a folder of notes: in the database " + cleanLine(d.Server) + ", once this folder is shared with it."
	}
	return "amalfa keeps a local memory of a folder of notes. Nothing leaves this computer."
}

func (s *session) printWelcome(ans welcomeAnswer) {
	root := cleanLine(ans.Workspace)
	switch n := ans.Index; {
	case n == nil:
		s.line("%s", s.promise())
		s.line("")
		s.line("  amalfa init              index the notes in %s", root)
		s.line("  amalfa search QUESTION   ask them")
		s.line("  amalfa demo              see it work on notes that come with it")
	case n.Notes == 0:
		s.line("%s: the index holds no note yet", root)
		s.line("")
		s.line("  amalfa init              says why, and indexes what is new")
		s.line("  amalfa list-sources      which files are notes here")
	default:
		s.line("%s: %s, %s, %s", root, count(n.Notes, "note"), count(n.Chunks, "passage"), count(n.Links, "link"))
		s.line("")
		s.line("  amalfa search QUESTION   ask them")
		s.line("  amalfa init              bring the index up to date")
		s.line("  amalfa servers           the services")
	}
	s.line("  amalfa --help            everything else")
}

// A statsAnswer is `stats --json`.
type statsAnswer struct {
	Notes   int          `json:"notes"`
	Chunks  int          `json:"chunks"`
	Edges   int          `json:"edges"` // links, and the edges from notes to their tags
	Links   int          `json:"links"` // that notes hold
	Tags    int          `json:"tags"`
	Broken  int          `json:"brokenLinks"`
	Vectors int          `json:"vectors"`    // passages that have one of the model
	Dim     *int         `json:"dimensions"` // of a vector; null without a model
	DBBytes int64        `json:"dbBytes"`
	Model   *string      `json:"model"`
	Server  *string      `json:"server"` // the host that makes the vectors, by embeddings.url; null for this machine's own service
	Sources []string     `json:"sources"`
	Newest  *newestFile  `json:"newest"`  // of the notes, by the file's time; null where there is none
	Orphans *orphanNotes `json:"orphans"` // with --orphans, else null
	// History is what the index held before, oldest first; with --history, else null.
	History  []app.Snapshot `json:"history"`
	IndexLag indexLag       `json:"indexLag"`
	Making   *vectorsRow    `json:"making"` // vectors, while a process makes them; else null
}

type newestFile struct {
	ID       string    `json:"id"`
	Modified time.Time `json:"modified"`
}

type orphanNotes struct {
	Count   int      `json:"count"`
	Percent float64  `json:"percent"` // of the notes
	Notes   []string `json:"notes"`
}

func (a *program) statsCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "stats", Category: categoryMemory, Usage: "count what the index holds",
		UsageText: "amalfa stats\namalfa stats --orphans --json\namalfa stats --history",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "orphans", Usage: "list the notes without a link to or from another note"},
			&cli.BoolFlag{Name: "history", Usage: "show what the index held after each init, and on each day before"}},
		Description: "Links are those that notes hold; edges are links and those from notes to their tags. These words mean the same in\n" +
			"every command.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(0, 0, ""), with(a, func(c *cli.Command) statsOptions { return statsOptions{c.Bool("orphans"), c.Bool("history")} }, (*session).stats)),
	})
}

type statsOptions struct{ Orphans, History bool }

func (s *session) stats(ctx context.Context, o statsOptions) error {
	return s.withIndex(ctx, func(st store.Store) error {
		n, err := st.Stats(ctx)
		if err != nil {
			return err
		}
		lag, err := s.KnownLag(ctx, st)
		if err != nil {
			return err
		}
		vectors, err := st.CountVectors(ctx, n.Model.Digest)
		if err != nil {
			return err
		}
		ans := statsAnswer{Notes: n.Notes, Chunks: n.Chunks, Edges: n.Edges, Links: n.Links, Tags: n.Tags, Broken: n.Broken, Vectors: vectors, Dim: dimensions(n.Model),
			DBBytes: n.Bytes, Model: modelName(n.Model), Sources: s.Settings.Sources, IndexLag: indexLag{Files: lag}}
		if p, ok := s.VectorProgress(); ok {
			ans.Making = newVectorsRow(search.Share{Have: vectors, Of: n.Chunks}, &p)
		}
		if at, err := s.EmbeddingServer(); err == nil && at != nil {
			ans.Server = &at.Host
		}
		if ans.Newest, err = newest(ctx, st); err != nil {
			return err
		}
		if o.Orphans {
			if ans.Orphans, err = orphansOf(ctx, st, n.Notes); err != nil {
				return err
			}
		}
		if o.History {
			if ans.History, err = app.Snapshots(ctx, st); err != nil {
				return err
			}
			ans.History = append([]app.Snapshot{}, ans.History...)
		}
		return s.print(ans, func() { s.printStats(ans) })
	})
}

func newest(ctx context.Context, st store.Store) (*newestFile, error) {
	notes, err := st.List(ctx, "", "", 0)
	if err != nil || len(notes) == 0 {
		return nil, err
	}
	last := slices.MaxFunc(notes, func(a, b store.Note) int { return cmp.Compare(a.MTime, b.MTime) })
	return &newestFile{last.ID, time.Unix(0, last.MTime).UTC().Truncate(time.Second)}, nil
}

func orphansOf(ctx context.Context, st store.Store, notes int) (*orphanNotes, error) {
	shape, err := graph.Survey(ctx, st)
	if err != nil {
		return nil, err
	}
	return &orphanNotes{len(shape.Orphans), math.Round(1000*float64(len(shape.Orphans))/float64(max(notes, 1))) / 10, shape.Orphans}, nil
}

// by is who makes the vectors, "" where that is this machine's own service.
func (ans statsAnswer) by() string {
	if ans.Server == nil {
		return ""
	}
	return ", by " + cleanLine(*ans.Server)
}

func (s *session) printStats(ans statsAnswer) {
	rows := [][]string{
		{"INDEX", cleanLine(s.Relative(s.IndexPlace()))},
		{"Sources", cleanLine(strings.Join(ans.Sources, ", "))},
		{"Notes", count(ans.Notes, "note")}, {"Passages", count(ans.Chunks, "passage")},
		{"Links", fmt.Sprintf("%s, %d broken; %s with those to tags", count(ans.Links, "link"), ans.Broken, count(ans.Edges, "edge"))}, {"Tags", count(ans.Tags, "tag")},
		{"Vectors", fmt.Sprintf("%d of %d passages, %s dimensions%s", ans.Vectors, ans.Chunks, text(ans.Dim, strconv.Itoa), ans.Making.speed())},
		{"Model", text(ans.Model, self) + ans.by()},
		{"Size", megabytes(ans.DBBytes)},
	}
	if ans.Newest != nil {
		rows = append(rows, []string{"Newest", cleanLine(ans.Newest.ID) + ", " + ans.Newest.Modified.Local().Format(time.DateTime)})
	}
	rows = append(rows, []string{"Behind", count(ans.IndexLag.Files, "file") + " changed on disk"})
	if ans.Orphans != nil {
		rows = append(rows, []string{"Orphans", fmt.Sprintf("%s without a link to or from another, %.1f %%", count(ans.Orphans.Count, "note"), ans.Orphans.Percent)})
	}
	s.table(rows)
	if ans.History != nil {
		s.printHistory(ans.History)
	}
	if ans.Orphans != nil {
		for _, id := range ans.Orphans.Notes {
			s.line("  %s", cleanLine(id))
		}
	}
}

// printHistory shows a line a snapshot.
func (a *program) printHistory(all []app.Snapshot) {
	rows := [][]string{{"DAY", "NOTES", "PASSAGES", "LINKS", "BROKEN", "TAGS"}}
	for _, h := range all {
		rows = append(rows, []string{h.Time.Local().Format("2006-01-02 15:04"), strconv.Itoa(h.Notes), strconv.Itoa(h.Chunks), strconv.Itoa(h.Links), strconv.Itoa(h.Broken), strconv.Itoa(h.Tags)})
	}
	a.table(rows)
}

func dimensions(m store.Model) *int {
	if m.Dim == 0 {
		return nil
	}
	return &m.Dim
}

func modelName(m store.Model) *string {
	if m.Name == "" {
		return nil
	}
	return &m.Name
}
