// Package vault holds the demonstration notes that ship with the program: a small imaginary team's memory.
package vault

import "embed"

// FS holds the notes, with the paths they have in the vault: README.md, notes/….
//
//go:embed README.md notes
var FS embed.FS

// Question has its answer in exactly one note of FS, Answer.
const (
	Question = "how do we keep the ferry timetable correct when the clocks change?"
	Answer   = "notes/runbooks/timetable-import.md"
)
