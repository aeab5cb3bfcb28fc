package store

// View is all vectors of one model as they are at one moment. It never changes. Safe for concurrent use.
type View interface {
	// Parts returns the runs of the view. They are valid as long as the view is reachable.
	Parts() []Part
	// Damaged tells whether a row was found that does not match its checksum. The next call of Store.View reads all again.
	Damaged() bool
	// Len is the number of chunks with a vector.
	Len() int
	// Row returns the vector of a chunk, if it has one.
	Row(chunk int64) ([]float32, bool)
}

// Part is a run of a View: row i is the vector of chunk IDs[i], unless Gone tells otherwise.
type Part struct {
	IDs []int64
	// Codes are two bits for each number, by which rows can be compared roughly: (Model.Dim+63)/64 words of high bits for each
	// row, and then as many of low ones. Nil when there are none.
	Codes []uint64
	// Gone tells whether a row no longer counts.
	Gone func(row int) bool
	// Row returns a vector of unit length, or nil when the file holds it no more as it was written; see [View].
	Row func(row int) []float32
}
