package postgres

// vectorState is what a Store keeps of vectors in memory.
type vectorState struct{}
