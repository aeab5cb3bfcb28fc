//go:build !linux && !darwin && !windows

package watcher

// remoteKind knows nothing here.
func remoteKind(string) string { return "" }
