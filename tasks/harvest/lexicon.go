package harvest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// States of a term.
const (
	Active     = "active"
	Deprecated = "deprecated" // a note says so
	Historical = "historical" // only notes of long ago speak of it
)

// historicalAfter is how much older than the newest note all notes of a historical term are.
const historicalAfter = 365 * 24 * time.Hour

// TermPrefix marks the node of a term, "term:tide gauge".
const TermPrefix = "term:"

// A Source is a note with what it gives.
type Source struct {
	ID      string
	Day     time.Time // of the note
	Extract Extract
}

// A Term is one of the vault's.
type Term struct {
	ID        string   `json:"id"` // TermPrefix and the key
	Name      string   `json:"name"`
	Kind      string   `json:"kind"` // what makes it a term, the strongest reason
	State     string   `json:"state"`
	Count     int      `json:"count"`
	Notes     int      `json:"notes"`
	AppearsIn []Place  `json:"appearsIn"` // most often first
	DefinedBy []Place  `json:"definedBy"`
	IsA       []string `json:"isA"` // ids of terms
}

// A Place is where a term stands.
type Place struct {
	Note  string `json:"note"`
	Line  int    `json:"line"`
	Count int    `json:"count"`
	Said  string `json:"description,omitempty"`
}

// An Edge is between a term and a note.
type Edge struct {
	Source string `json:"source"`
	Target string `json:"target"`
	Type   string `json:"type"` // APPEARS_IN from a term, DEFINES from a note, IS_A between terms
	Line   int    `json:"line"`
}

// Lexicon joins what notes give. A term is what two notes speak of, one defines or is called by, or
// marks and says again. Those of most notes first, then by Count and name.
func Lexicon(sources []Source) []Term {
	all := map[string]*Term{}
	newest, last := time.Time{}, map[string]time.Time{}
	isA := map[string]map[string]bool{}
	for _, s := range sources {
		if s.Day.After(newest) {
			newest = s.Day
		}
		for _, e := range s.Extract.Entities {
			t := all[e.Key]
			if t == nil {
				t = &Term{ID: TermPrefix + e.Key, Name: e.Name, Kind: e.Kind, State: Active, AppearsIn: []Place{}, DefinedBy: []Place{}, IsA: []string{}}
				all[e.Key] = t
			}
			t.add(s, e)
			if s.Day.After(last[e.Key]) {
				last[e.Key] = s.Day
			}
		}
		for _, r := range s.Extract.Relations {
			if isA[r.Source] == nil {
				isA[r.Source] = map[string]bool{}
			}
			isA[r.Source][r.Target] = true
		}
	}
	var out []Term
	for _, key := range slices.Sorted(maps.Keys(all)) {
		t := all[key]
		if alone := t.Notes < 2 && rank(t.Kind) > rank(Symbol); alone && (t.Kind == Statistic || t.Count < 2) {
			continue
		}
		if t.State == Active && newest.Sub(last[key]) > historicalAfter {
			t.State = Historical
		}
		for _, target := range slices.Sorted(maps.Keys(isA[key])) {
			if all[target] != nil {
				t.IsA = append(t.IsA, TermPrefix+target)
			}
		}
		slices.SortStableFunc(t.AppearsIn, func(a, b Place) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Note, b.Note)) })
		out = append(out, *t)
	}
	slices.SortStableFunc(out, func(a, b Term) int { return cmp.Or(b.Notes-a.Notes, b.Count-a.Count, strings.Compare(a.Name, b.Name)) })
	return out
}

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

// Edges are those of a term.
func (t Term) Edges() (out []Edge) {
	for _, p := range t.AppearsIn {
		out = append(out, Edge{t.ID, p.Note, "APPEARS_IN", p.Line})
	}
	for _, p := range t.DefinedBy {
		out = append(out, Edge{p.Note, t.ID, "DEFINES", p.Line})
	}
	for _, id := range t.IsA {
		out = append(out, Edge{t.ID, id, "IS_A", 0})
	}
	return out
}
