package store

// Events of the history.
const (
	Added   = "added"
	Changed = "changed"
	Removed = "removed"
	Renamed = "renamed"
)

// Event is what happened to one file. It holds no text.
type Event struct {
	Cursor  int64  `json:"cursor"` // ascends; name it to hear what came after
	Path    string `json:"path"`
	Event   string `json:"event"`
	OldPath string `json:"oldPath,omitempty"` // of a renamed file
	OldHash string `json:"oldHash,omitempty"`
	NewHash string `json:"newHash,omitempty"`
	Time    int64  `json:"time"` // milliseconds since 1970, by this computer's clock
}

// History is a stretch of events.
type History struct {
	Events []Event
	Cursor int64 // the last event there is up to Events' end: what to ask with next
	Pruned bool  // events after the cursor asked with are gone
}
