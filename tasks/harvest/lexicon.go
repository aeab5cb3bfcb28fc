package harvest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"amalfa/notes"
	"amalfa/store"
)

// States of a term.
const (
	Active     = "active"
	Deprecated = "deprecated" // a note says so
	Historical = "historical" // only notes of long ago speak of it
)

// historicalAfter is how much older than the newest note all notes of a historical term are.
const historicalAfter = 365 * 24 * time.Hour

// A Source is a note with what it gives.
type Source struct {
	ID      string
	Day     time.Time // of the note
	Extract Extract
}

// A Term is one of the vault's.
type Term struct {
	ID        string   `json:"id"` // notes.TermPrefix and the name in small letters
	Key       string   `json:"-"`  // as terms are compared
	Name      string   `json:"name"`
	Kind      string   `json:"kind"` // what makes it a term, the strongest reason
	State     string   `json:"state"`
	Count     int      `json:"count"`
	Notes     int      `json:"notes"`
	AppearsIn []Place  `json:"appearsIn"` // most often first
	DefinedBy []Place  `json:"definedBy"`
	IsA       []string `json:"isA"` // ids of terms

	relations []said
}

// said is a relation and the note that says so.
type said struct {
	Relation
	note string
}

// A Place is where a term stands.
type Place struct {
	Note  string `json:"note"`
	Line  int    `json:"line"`
	Count int    `json:"count"`
	Said  string `json:"description,omitempty"`
}

// Lexicon joins what notes give. A term is what two notes speak of, one defines or is called by, or
// marks and says again. Those of most notes first, then by Count and name.
func Lexicon(sources []Source) []Term {
	all := map[string]*Term{}
	newest, last := time.Time{}, map[string]time.Time{}
	for _, s := range sources {
		if s.Day.After(newest) {
			newest = s.Day
		}
		for _, e := range s.Extract.Entities {
			if all[e.Key] == nil {
				all[e.Key] = &Term{Key: e.Key, Name: e.Name, Kind: e.Kind, State: Active, AppearsIn: []Place{}, DefinedBy: []Place{}, IsA: []string{}}
			}
			all[e.Key].add(s, e)
			if s.Day.After(last[e.Key]) {
				last[e.Key] = s.Day
			}
		}
	}
	maps.DeleteFunc(all, func(_ string, t *Term) bool { return t.chance() })
	for key, t := range all {
		t.ID = notes.TermPrefix + strings.ToLower(t.Name)
		if t.State == Active && newest.Sub(last[key]) > historicalAfter {
			t.State = Historical
		}
		slices.SortStableFunc(t.AppearsIn, func(a, b Place) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Note, b.Note)) })
	}
	relate(all, sources)
	out := make([]Term, 0, len(all))
	for _, t := range all {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b Term) int {
		return cmp.Or(b.Notes-a.Notes, b.Count-a.Count, strings.Compare(a.Name, b.Name), strings.Compare(a.Key, b.Key))
	})
	return out
}

// chance tells that one note alone says it, and does not mean it as a term.
func (t *Term) chance() bool {
	return t.Notes < 2 && rank(t.Kind) > rank(Symbol) && (t.Kind == Statistic || t.Count < 2)
}

// relate gives terms their relations to other terms.
func relate(all map[string]*Term, sources []Source) {
	for _, s := range sources {
		for _, r := range s.Extract.Relations {
			from, to := all[r.Source], all[r.Target]
			if from == nil || to == nil || from == to {
				continue
			}
			from.relations = append(from.relations, said{Relation{from.ID, to.ID, r.Type, r.Line}, s.ID})
			if r.Type == isA && !slices.Contains(from.IsA, to.ID) {
				from.IsA = append(from.IsA, to.ID)
			}
		}
	}
	for _, t := range all {
		slices.Sort(t.IsA)
	}
}

// isA is the type of a relation that says what kind of thing a term is.
const isA = "IS_A"

func (t *Term) add(s Source, e Entity) {
	t.Count += e.Count
	t.Notes++
	if rank(e.Kind) < rank(t.Kind) {
		t.Kind, t.Name = e.Kind, e.Name
	}
	t.AppearsIn = append(t.AppearsIn, Place{Note: s.ID, Line: e.Line, Count: e.Count})
	if e.Kind == Definition || e.Kind == Title || e.Kind == Symbol {
		t.DefinedBy = append(t.DefinedBy, Place{Note: s.ID, Line: e.Line, Count: e.Count, Said: e.Said})
	}
	if e.Retired {
		t.State = Deprecated
	}
}

// Node is the term as a graph has it.
func (t Term) Node() store.Term {
	n := store.Term{ID: t.ID, Stem: t.Key, Name: t.Name, Kind: t.Kind, State: t.State}
	add := func(source, target, kind string, count, line int, sentence, note string) {
		n.Edges = append(n.Edges, store.TermEdge{Evidence: note, Edge: store.Edge{Source: source, Target: target, Type: kind,
			Weight: float64(count), Line: line, Sentence: sentence, Resolved: true}})
	}
	for _, p := range t.AppearsIn {
		add(t.ID, p.Note, notes.AppearsIn, p.Count, p.Line, "", p.Note)
	}
	for _, p := range t.DefinedBy {
		add(p.Note, t.ID, notes.Defines, 1, p.Line, p.Said, p.Note)
	}
	for _, r := range t.relations {
		add(r.Source, r.Target, r.Type, 1, r.Line, "", r.note)
	}
	return n
}
