package store

import "errors"

// Errors on which callers act. The message around them names the file.
var (
	ErrNotFound = errors.New("not found")
	ErrNoIndex  = errors.New("no index")
	ErrCorrupt  = errors.New("index is corrupt")
	ErrNewer    = errors.New("index was written by a newer amalfa")
	ErrFull     = errors.New("disk full")
	ErrReadOnly = errors.New("index is read-only")
	ErrBusy     = errors.New("index is busy: another process is writing")
	ErrSyntax   = errors.New("malformed keyword expression")
)
