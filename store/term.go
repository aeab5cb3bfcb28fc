package store

// A Term is a word or phrase that notes speak of: a node of its own, "term:tide gauge", with its edges. It is no note: Graph has none of
// them, so that they count for no hub, community, orphan or rank.
type Term struct {
	ID    string // notes.TermPrefix and the name in small letters
	Stem  string // its words as the index has them, joined by spaces: equal for two spellings of it
	Name  string
	Kind  string // what makes it a term
	State string // active, deprecated or historical
	// Edges have the term at one end: notes.AppearsIn to notes, notes.Defines from them. One to another term stands at its source, and
	// Evidence is the note that says so.
	Edges []TermEdge
}

// A TermEdge is an edge of a term. Evidence is the note that it comes from, and goes with.
type TermEdge struct {
	Edge
	Evidence string
}
