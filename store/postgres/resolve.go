package postgres

// waiting are the names that wait in a Store for the last batch of its run.
type waiting struct {
	since int64 // what the workspace's row says while they are all that wait
	names map[string]bool
}
