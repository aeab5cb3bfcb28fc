// Package app puts the rooms together: it opens a workspace, its index and its models, and wires each service that this
// program can be. It knows no command line and prints nothing: what it needs from outside comes in a [Host].
package app

import (
	"amalfa/config"
)

// A Host is what the program knows of the outside. It is filled once, by whoever runs the program, and never changes.
type Host struct {
	Env config.Env
	Exe string // absolute path of this program, which a daemon is started with
	// Notice tells the person one line that belongs to no answer.
	Notice func(format string, args ...any)
	// Download is told how far the fetching of a file is, in bytes.
	Download func(name string, done, total int64)
}
