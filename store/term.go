package store

// A Term is a word or phrase that notes speak of: a node of its own, "term:tide gauge", with its edges. It is no note: Graph has none of
// them, so that they count for no hub, community, orphan or rank.
type Term struct {
	ID    string `json:"id"`   // notes.TermPrefix and the name in small letters
	Stem  string `json:"stem"` // its words as the index has them, joined by spaces: equal for two spellings of it
	Name  string `json:"name"`
	Kind  string `json:"kind"`  // what makes it a term
	State string `json:"state"` // active, deprecated or historical
	// Edges have the term at one end: notes.AppearsIn to notes, notes.Defines from them. One to another term stands at its source, and
	// Evidence is the note that says so.
	Edges []TermEdge `json:"edges"`
}

// A TermEdge is an edge of a term. Evidence is the note that it comes from, and goes with.
type TermEdge struct {
	Edge
	Evidence string `json:"evidence"`
}
