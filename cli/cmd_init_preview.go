package cli

import (
	"context"
	"fmt"
)

// A previewAnswer is `init --dry-run --json`: what init would answer, and what it would do with each note.
type previewAnswer struct {
	DryRun bool `json:"dryRun"`
	initAnswer
	Changes []noteChange `json:"changes"`
}

type noteChange struct {
	ID     string `json:"id"`
	Action string `json:"action"` // add, update or remove
	Chunks int    `json:"chunks"`
}

// preview says what init would do.
func (s *session) preview(ctx context.Context, o initOptions) error {
	if o.WriteSettings {
		return usageError("--dry-run writes nothing, so it does not go with --write-settings", "leave one of them out")
	}
	sum, changes, err := s.PreviewInit(ctx, o.Force)
	if err != nil {
		return err
	}
	ans := previewAnswer{DryRun: true, initAnswer: s.newInitAnswer(sum), Changes: make([]noteChange, len(changes))}
	for i, ch := range changes {
		ans.Changes[i] = noteChange{ch.ID, ch.Action, ch.Chunks}
	}
	return s.print(ans, func() { s.printPreview(ans) })
}

// previewLines is how many lines of each kind a person is shown; --json has all.
const previewLines = 40

func (s *session) printPreview(ans previewAnswer) {
	s.line("Nothing is written. In %s (%s) `amalfa init` would:", cleanLine(ans.Workspace), cleanLine(ans.Why))
	s.line("")
	s.line("  index     %d of %d files; %d are unchanged, %d would leave the index", ans.Indexed+ans.Partial, ans.Files, ans.Unchanged, ans.Deleted)
	s.line("  embed     %d of %d passages; %d have their vectors already", ans.Embedded, ans.Chunks, ans.Reused)
	lines := make([]string, len(ans.Changes))
	for i, ch := range ans.Changes {
		lines[i] = fmt.Sprintf("  %-9s %s", ch.Action, cleanLine(ch.ID))
	}
	s.some(lines)
	lines = lines[:0]
	for _, f := range ans.NotIndexed {
		lines = append(lines, fmt.Sprintf("  %-9s %s: %s", f.State, cleanLine(f.ID), cleanLine(f.Reason)))
	}
	s.some(lines)
	for _, d := range ans.Degraded {
		s.note("degraded: %s", d)
	}
}

// some prints the first lines and how many there are besides.
func (s *session) some(lines []string) {
	if len(lines) == 0 {
		return
	}
	s.line("")
	for _, l := range lines[:min(len(lines), previewLines)] {
		s.line("%s", l)
	}
	if more := len(lines) - previewLines; more > 0 {
		s.line("  … and %d more (--json lists all)", more)
	}
}
