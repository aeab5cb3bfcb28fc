package cli

import (
	"cmp"
	"fmt"
	"strings"

	"amalfa/app"
	"amalfa/ingest"
	"amalfa/search"
)

// whatLeft says which other machines had a part in the index.
func (s *session) whatLeft() string {
	var left []string
	if at, err := s.EmbeddingServer(); err == nil && at != nil && at.Remote {
		left = append(left, "vectors by "+at.Host)
	}
	if d, ok, err := s.Database(); err == nil && ok && !d.Loopback {
		left = append(left, "index with "+d.Server)
	}
	return cmp.Or(strings.Join(left, ", "), "nothing left this computer")
}

// memoryPlace is where the index is.
func (s *session) memoryPlace() string {
	if d, ok, err := s.Database(); err == nil && ok {
		return fmt.Sprintf("workspace %s of %s", cleanLine(d.Workspace), cleanLine(d.Server))
	}
	return s.Relative(s.Folder.Dir())
}

func (s *session) printSummary(ans initAnswer, sum ingest.Summary) {
	s.line("amalfa %s · model %s · %s", app.Version(), s.Settings.Embeddings.Model, s.whatLeft())
	s.line("")
	s.line("  Workspace %s (%s)", cleanLine(s.Folder.Root), cleanLine(s.Folder.Why))
	s.line("  Files     %d seen: %s", ans.Files, fileStates(ans))
	s.line("  Passages  %d in the index; %d written now: %d embedded, %d reused, in %.1f s", ans.Index.Chunks, ans.Chunks, ans.Embedded, ans.Reused, sum.Took.Seconds())
	s.line("  Vectors   %s", s.vectorsLine(ans))
	s.line("  Links     %d, %d broken   Tags %d", ans.Links, ans.BrokenLinks, ans.Tags)
	for _, f := range ans.NotIndexed {
		s.line("  %-9s %s: %s", f.State, cleanLine(f.ID), cleanLine(f.Reason))
	}
	for _, d := range ans.Degraded {
		s.note("degraded: %s", d)
	}
	s.line("")
	switch {
	case ans.Stopped: // the error says it
		return
	case ans.Index.Notes == 0:
		s.printEmpty(ans)
		return
	case ans.Background:
		s.line("%s All notes are found by words. The watcher makes the vectors, of the newest notes first: \"amalfa servers\" says how far it is", s.green("✓"))
		return
	case ans.Vectors.Have == 0 && ans.Vectors.Of > 0 && s.Settings.Search.Mode != search.Keyword:
		s.line("%s Found by words only: there are no vectors yet. Run \"amalfa init\" again when the model can be had", s.amber("!"))
		return
	}
	s.line("%s Memory ready in %s", s.green("✓"), s.memoryPlace())
	s.line("")
	if ans.Language != nil {
		s.printLanguage(ans.Language)
	}
	s.line("Next:")
	s.line("  amalfa search \"what did we decide\"   ask it")
	s.line("  amalfa setup-mcp                     connect an agent")
	s.line("  amalfa servers start                 keep it fresh in the background")
}

// fileStates says what became of the files, without those that there are none of.
func fileStates(ans initAnswer) string {
	parts := []string{fmt.Sprintf("%d indexed", ans.Indexed), fmt.Sprintf("%d unchanged", ans.Unchanged)}
	for _, state := range []struct {
		n    int
		what string
	}{{ans.Partial, "partial"}, {ans.Skipped, "skipped"}, {ans.Failed, "failed"}, {ans.Pending, "not reached"}} {
		if state.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", state.n, state.what))
		}
	}
	text := strings.Join(parts, ", ")
	if ans.Deleted > 0 {
		text += fmt.Sprintf("; %d left the index", ans.Deleted)
	}
	return text
}

// printEmpty says why there is nothing to search, and what to do.
func (s *session) printEmpty(ans initAnswer) {
	if ans.Files > 0 {
		s.line("%s Nothing to search yet: %s, and none could be indexed. The reasons stand above.", s.amber("!"), count(ans.Files, "file"))
		return
	}
	s.line("%s Nothing to search yet: no file here is a note.", s.amber("!"))
	s.line("  Notes are %s; hidden files, those that git ignores and", cleanLine(strings.Join(s.Settings.Sources, ", ")))
	s.line("  excludePatterns are left out. Go to a folder of notes or name one with --root, or set \"sources\"")
	s.line("  (\"amalfa init --write-settings\" writes a file to begin with), and run \"amalfa init\" again.")
}

// vectorsLine says of how many passages there are vectors, and why of no more.
func (s *session) vectorsLine(ans initAnswer) string {
	if s.Settings.Search.Mode == search.Keyword {
		return "none are made: search.mode is keyword"
	}
	return fmt.Sprintf("%s of %s", thousands(ans.Vectors.Have), passages(ans.Vectors.Of))
}
