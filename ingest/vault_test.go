package ingest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"amalfa/notes"
	"amalfa/store"
)

// generatedNotes is how many notes a generated vault has.
const generatedNotes = 300

// A generator writes the vault of a tool, one link a line, and where each leads by the documentation of the tool. It never asks
// the program.
type generator struct {
	rng   *rand.Rand
	lines map[string][]string // of each note
	files map[string]string   // others
	want  map[place]string    // the file that the link of a line leads to; "" for none
}

type place struct {
	note string
	line int
}

func newGenerator(seed uint64) *generator {
	return &generator{
		rng: rand.New(rand.NewPCG(seed, 12)), lines: make(map[string][]string), files: make(map[string]string), want: make(map[place]string),
	}
}

// say adds lines without links to a note.
func (g *generator) say(note string, lines ...string) {
	for _, line := range lines {
		g.lines[note] = append(g.lines[note], strings.Split(line, "\n")...)
	}
}

// link adds a line with one link that leads to target.
func (g *generator) link(note, target, format string, args ...any) {
	before, _, _ := strings.Cut(format, "%")
	g.want[place{note, len(g.lines[note]) + 1 + strings.Count(before, "\n")}] = target
	g.say(note, fmt.Sprintf(format, args...), "")
}

// words are names that no two calls give in common, of n words.
func (g *generator) words(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = vocabulary[g.rng.IntN(len(vocabulary))]
	}
	return fmt.Sprintf("%s %d", strings.Join(words, " "), len(g.lines)+len(g.files))
}

var vocabulary = strings.Fields("Tide Harbour Pilot Buoy Ebb Lantern Mole Çelik Über café Strom ferry Anker 潮汐 Кран moon v1.2 R&D 100% log")

func pick[T any](g *generator, list []T) T { return list[g.rng.IntN(len(list))] }

// all are the files of the vault.
func (g *generator) all() map[string]string {
	files := make(map[string]string)
	for id, lines := range g.lines {
		files[id] = strings.Join(lines, "\n") + "\n"
	}
	for id, text := range g.files {
		files[id] = text
	}
	return files
}

// A tally counts what became of the expected links of a vault.
type tally struct {
	right, wrong, broken int
	differ               []string
}

// check indexes the vault and holds its edges against what the generator says: at least 98 of 100 right, none to a wrong file, and
// none that nobody wrote.
func (g *generator) check(t *testing.T) {
	t.Helper()
	w := newWorkspace(t, g.all())
	w.opts.Embedder = nil
	w.run()
	got := w.links()
	var sum tally
	for at, target := range g.want {
		sum.add(at, target, got[at])
	}
	for at, targets := range got {
		if _, ok := g.want[at]; !ok && len(targets) > 0 {
			sum.wrong++
			sum.differ = append(sum.differ, fmt.Sprintf("%s:%d leads to %q, and nobody wrote a link", at.note, at.line, targets))
		}
	}
	slices.Sort(sum.differ)
	t.Logf("%d notes, %d links: %d right, %d broken, %d wrong", len(g.lines), len(g.want), sum.right, sum.broken, sum.wrong)
	if len(g.lines) < generatedNotes || len(g.want) < generatedNotes || sum.wrong > 0 || sum.right*100 < len(g.want)*98 {
		t.Errorf("%d of %d right, %d wrong:\n%s", sum.right, len(g.want), sum.wrong, strings.Join(sum.differ[:min(30, len(sum.differ))], "\n"))
	}
}

// add compares the files that one link led to with the one that it should.
func (s *tally) add(at place, want string, got []string) {
	switch {
	case want == "" && len(got) == 0, len(got) == 1 && got[0] == want:
		s.right++
		return
	case len(got) == 0:
		s.broken++
	default:
		s.wrong++
	}
	s.differ = append(s.differ, fmt.Sprintf("%s:%d leads to %q, want %q", at.note, at.line, got, want))
}

// links are the files that the edges of all notes lead to, tags left out, by the line of the link; what is broken leads nowhere.
func (w *workspace) links() map[place][]string {
	w.t.Helper()
	found := make(map[place][]string)
	for _, id := range w.notes() {
		edges, err := w.opts.Store.Edges(w.t.Context(), id, store.Out)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, e := range edges {
			at := place{id, e.Line}
			if e.Resolved && !strings.HasPrefix(e.Target, notes.TagPrefix) && !slices.Contains(found[at], e.Target) {
				found[at] = append(found[at], e.Target)
			}
		}
	}
	return found
}
