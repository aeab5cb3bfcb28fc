//go:build !unix

package pinned

// syncDir does nothing: these systems give no handle on which a folder can be synced.
func syncDir(string) error { return nil }
