package ingest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

const edited = `---
title: Tides
tags: [sea]
---
# Tides

Before all.

## Spring

High water comes with the full moon.

## Neap

Low water comes with the half moon.

## Tables

The harbour prints them.
`

// A passage is known by what is embedded of it: its text under its headings and its note's title. What an edit leaves of that is
// not embedded again. It keeps its row as well, wherever it moves, as long as its note keeps its names, which every passage can be
// found by. The words of the tags are those of the first passage, and so is the description, which the model reads too.
func TestPassagesOutliveEdits(t *testing.T) {
	type kept struct {
		Hashes, Rows int // of the four passages
		Embedded     int
		Event        string
	}
	swap := func(old, new string) func(string) string {
		return func(s string) string {
			if !strings.Contains(s, old) {
				t.Fatalf("no %q", old)
			}
			return strings.Replace(s, old, new, 1)
		}
	}
	neap := "## Neap\n\nLow water comes with the half moon.\n\n"
	for name, tt := range map[string]struct {
		edit func(string) string
		want kept
	}{
		"nothing":                  {func(s string) string { return s }, kept{4, 4, 0, ""}},
		"tags and dates":           {swap("tags: [sea]", "tags:\n  - sea\n  - moon\ndate: 2025-03-04\nfoo: bar"), kept{4, 3, 0, "changed"}},
		"no tags":                  {swap("tags: [sea]\n", ""), kept{4, 3, 0, "changed"}},
		"a date":                   {swap("title: Tides\n", "title: Tides\ndate: 2025-03-04\n"), kept{4, 4, 0, "changed"}},
		"a description":            {swap("title: Tides\n", "title: Tides\ndescription: when the sea comes\n"), kept{3, 3, 1, "changed"}},
		"an alias":                 {swap("tags: [sea]", "aliases: [Ebb]"), kept{4, 0, 0, "changed"}},
		"the title":                {swap("title: Tides", "title: Ebb and flow"), kept{0, 0, 4, "changed"}},
		"another passage":          {swap("half moon", "waning moon"), kept{3, 3, 1, "changed"}},
		"another heading":          {swap("## Neap", "## Neap tides"), kept{3, 3, 1, "changed"}},
		"a section before":         {swap("## Spring", "## Storms\n\nThey push.\n\n## Spring"), kept{4, 4, 1, "changed"}},
		"a section gone":           {swap(neap, ""), kept{3, 3, 0, "changed"}},
		"a section moved":          {func(s string) string { return strings.Replace(s, neap, "", 1) + "\n" + neap }, kept{4, 4, 0, "changed"}},
		"blank lines":              {swap("Before all.\n", "Before all.\n\n\n\n"), kept{4, 4, 0, "changed"}},
		"line ends":                {func(s string) string { return strings.TrimRight(s, "\n") }, kept{4, 4, 0, "changed"}},
		"a word of the front text": {swap("Before all.", "Before all of it."), kept{3, 3, 1, "changed"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkspace(t, map[string]string{"tides.md": edited})
			w.run()
			before, cursor := w.chunks("tides.md"), w.history(0).Cursor
			if len(before) != 4 {
				t.Fatalf("%d passages", len(before))
			}
			w.write("tides.md", tt.edit(edited))
			s := w.run()
			got := kept{Embedded: s.Embedded}
			got.Hashes, got.Rows = outlived(before, w.chunks("tides.md"))
			for _, e := range w.history(cursor).Events {
				got.Event += e.Event
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// A renamed or moved file keeps its vectors, and its history goes on.
func TestPassagesOutliveRenames(t *testing.T) {
	w := newWorkspace(t, map[string]string{"tides.md": edited})
	w.run()
	before, cursor := w.chunks("tides.md"), w.history(0).Cursor
	w.rename("tides.md", "sea.md")
	if s := w.run(); s.Embedded != 0 || s.Reused != 4 {
		t.Errorf("%+v", s)
	}
	if hashes, _ := outlived(before, w.chunks("sea.md")); hashes != 4 {
		t.Errorf("%d of 4 passages are known again", hashes)
	}
	h := w.history(cursor)
	if len(h.Events) != 1 || h.Events[0].Event != store.Renamed || h.Events[0].OldPath != "tides.md" || h.Events[0].Path != "sea.md" {
		t.Errorf("%+v", h.Events)
	}
}

// outlived counts the passages that are still there, by what is embedded of them and by their rows.
func outlived(before, after []store.Chunk) (hashes, rows int) {
	known := map[string]int64{}
	for _, c := range after {
		known[c.Hash] = c.ID
	}
	for _, c := range before {
		id, ok := known[c.Hash]
		if ok {
			hashes++
		}
		if id == c.ID {
			rows++
		}
	}
	return hashes, rows
}

func (w *workspace) chunks(id string) []store.Chunk {
	w.t.Helper()
	chunks, err := w.opts.Store.Chunks(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return chunks
}

func (w *workspace) history(since int64) store.History {
	w.t.Helper()
	h, err := w.opts.Store.Changes(w.t.Context(), since, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}
