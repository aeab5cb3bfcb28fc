package store

// Condition is what Select demands of a note: that one of the values holds, or with Not that none does.
type Condition struct {
	By     By
	Values []string
	Not    bool
}

// By is what a condition looks at.
type By string

// What conditions look at.
const (
	ByPath   By = "path"   // a glob over the id, or a part of it that starts at its beginning or after a slash
	ByTag    By = "tag"    // a tag of the note in its normal form, or one above it: "sea" holds for "sea/tides"
	ByType   By = "type"   // the kind of the note, or the extension of its file
	ByAfter  By = "after"  // dated on this RFC 3339 day or later, by what the note says, else by its file's time
	ByBefore By = "before" // dated before this day
	ByLink   By = "link"   // links to the note with this id
)
