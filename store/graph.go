package store

// A Graph is all notes and edges of an index at one moment, without the sentences of the edges: what takes 200,000 edges within a
// second and a few megabytes. Edges refer to Notes by position.
type Graph struct {
	Notes []GraphNote // by id
	Edges []GraphEdge // by source, line, target and type
}

// A GraphNote is what a graph knows of a note.
type GraphNote struct {
	ID, Title      string
	Date, DateFrom string // as in Note
	MTime          int64  // as in Note
}

// A GraphEdge is an edge from a note to another, or to what is none: then Target is -1 and Name says what it is, a tag ("tag:name"),
// a file (File), or what nothing answers to.
type GraphEdge struct {
	Source, Target int32
	Line           int32
	Type           string
	Name           string
	Weight         float64
	Resolved, File bool
	Symbol         bool // found by the name of what a program documents
}
