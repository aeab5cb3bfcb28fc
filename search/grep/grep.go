// Package grep finds lines by their exact text in the files that an index holds, and notes by the form of their path. Files are
// read as they are on disk now; only which files there are comes out of the index, and the text of those that are on no disk here.
//
// Words: a match is a line that holds the text, however often.
package grep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"

	"amalfa/notes"
	"amalfa/notes/files"
	"amalfa/store"
)

const (
	// MaxPattern is the longest pattern, in bytes.
	MaxPattern = 1000
	// MaxContext is the most lines before and after a match.
	MaxContext = 20
	// maxFile is the largest file that is looked at, in bytes; what is larger is Skipped.
	maxFile = 32 << 20
	// maxShown bounds what a match shows of a line, in bytes: a minified line may have megabytes.
	maxShown = 400
)

// ErrPattern reports a pattern that cannot be looked for.
var ErrPattern = errors.New("pattern")

// A Query says what to look for. Without Paths it is all notes.
type Query struct {
	Pattern    string
	Regexp     bool // Pattern is an RE2 expression; otherwise it is the text itself
	IgnoreCase bool
	Paths      []string // see Glob; one of them must fit
	Context    int      // lines before and after each match
	Skip       int      // matches that an earlier answer gave
	Limit      int      // matches to return
}

// A Match is one line. Lines that stand around two matches are given once, with the first.
type Match struct {
	ID     string   `json:"id"`
	Line   int      `json:"line"` // from 1
	Text   string   `json:"text"` // of a long line, the part around the first occurrence
	Before []string `json:"before"`
	After  []string `json:"after"`
}

// A Result is an answer. Its counts are of all matches, not only of those returned.
type Result struct {
	Matches  []Match  `json:"matches"`
	Total    int      `json:"total"`    // lines that match
	Notes    int      `json:"notes"`    // notes with such lines
	Searched int      `json:"searched"` // notes looked at
	Skipped  []string `json:"skipped"`  // notes whose file is gone, or cannot be read
}

// Run looks through the notes of st below the folder root, by id; of those whose file another machine of a team has, through what the index
// holds. An empty root is no folder: there all are such. ctx ends it early with its error.
func Run(ctx context.Context, st store.Store, root string, q Query) (r Result, err error) {
	s := scan{q: q, result: Result{Matches: []Match{}, Skipped: []string{}}}
	if s.match, err = q.compile(); err != nil {
		return r, err
	}
	if !q.Regexp && !q.IgnoreCase {
		s.needed = []byte(q.Pattern)
	}
	globs, err := ParseGlobs(q.Paths)
	if err != nil {
		return r, err
	}
	all, err := st.List(ctx, "", "", 0)
	if err != nil {
		return r, err
	}
	texts := reader{Store: st}
	if root != "" {
		if texts.folder, err = os.OpenRoot(root); err != nil {
			return r, fmt.Errorf("open workspace: %w", err)
		}
		defer texts.folder.Close()
	}
	for _, n := range all {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		if len(globs) > 0 && !globs.Fit(n.ID) {
			continue
		}
		data, err := texts.read(ctx, n)
		if err != nil {
			s.result.Skipped = append(s.result.Skipped, n.ID)
			continue
		}
		s.result.Searched++
		if s.needed == nil || bytes.Contains(data, s.needed) {
			s.note(n.ID, data)
		}
	}
	return s.result, nil
}

// A reader reads notes of a store.
type reader struct {
	store.Store
	folder *os.Root              // nil for none
	known  map[string]store.File // nil until a file was missed
}

func (r *reader) read(ctx context.Context, n store.Note) (data []byte, err error) {
	if r.folder != nil {
		if data, err = files.Read(r.folder, n.ID, maxFile); err == nil {
			return data, nil
		}
	}
	data, _, err = store.Elsewhere(ctx, r, n, err)
	return data, err
}

// FilesAt asks for all files at once: where one is missed, so may be thousands.
func (r *reader) FilesAt(ctx context.Context, _ []string) (_ map[string]store.File, err error) {
	if r.known == nil {
		r.known, err = r.Files(ctx)
	}
	return r.known, err
}

// A matcher returns the place of the first occurrence in a line, or nil.
type matcher func(line []byte) []int

// compile refuses what can match no line, rather than answer that there is none.
func (q Query) compile() (matcher, error) {
	switch {
	case q.Pattern == "":
		return nil, fmt.Errorf("%w: it is empty", ErrPattern)
	case len(q.Pattern) > MaxPattern:
		return nil, fmt.Errorf("%w: it has %d bytes, at most %d are taken", ErrPattern, len(q.Pattern), MaxPattern)
	case !q.Regexp && strings.ContainsAny(q.Pattern, "\r\n"):
		return nil, fmt.Errorf("%w: it holds a line end, and lines are looked at one by one", ErrPattern)
	}
	if !q.Regexp && !q.IgnoreCase {
		text := []byte(q.Pattern)
		return func(line []byte) []int {
			at := bytes.Index(line, text)
			if at < 0 {
				return nil
			}
			return []int{at, at + len(text)}
		}, nil
	}
	expr := q.Pattern
	if !q.Regexp {
		expr = regexp.QuoteMeta(expr)
	}
	if q.IgnoreCase {
		expr = "(?i:" + expr + ")"
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, fmt.Errorf("%w: %s; it is read as RE2, which has no look-around and no back-references", ErrPattern, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re.FindIndex, nil
}

// A scan is one run.
type scan struct {
	q      Query
	match  matcher
	needed []byte // a file without it has no match; nil when that is not known
	result Result
}

func (s *scan) note(id string, data []byte) {
	lines := splitLines(data)
	found, shown := false, 0 // lines up to shown were given
	for i, line := range lines {
		at := s.match(line)
		if at == nil {
			continue
		}
		found = true
		s.result.Total++
		if s.result.Total <= s.q.Skip || len(s.result.Matches) >= s.q.Limit {
			continue
		}
		m := Match{ID: id, Line: i + 1, Text: window(line, at), Before: []string{}, After: []string{}}
		for j := max(shown, i-s.q.Context); j < i; j++ {
			m.Before = append(m.Before, window(lines[j], nil))
		}
		for j := i + 1; j < len(lines) && j <= i+s.q.Context && s.match(lines[j]) == nil; j++ {
			m.After = append(m.After, window(lines[j], nil))
		}
		shown = i + 1 + len(m.After)
		s.result.Matches = append(s.result.Matches, m)
	}
	if found {
		s.result.Notes++
	}
}

// splitLines splits at LF, CR LF and a CR alone, as the index counts lines; a byte order mark belongs to no line.
func splitLines(data []byte) [][]byte {
	var lines [][]byte
	for _, line := range notes.SplitLines(string(bytes.TrimPrefix(data, []byte("\ufeff")))) {
		lines = append(lines, []byte(strings.TrimRight(line, "\r\n")))
	}
	return lines
}

// window is a line, or of a long one what stands around a place in it.
func window(line []byte, at []int) string {
	from, to := 0, len(line)
	if len(line) > maxShown {
		if at != nil {
			from = max(0, min(at[0]-maxShown/4, len(line)-maxShown))
		}
		to = min(len(line), from+maxShown)
		for from > 0 && !utf8.RuneStart(line[from]) {
			from--
		}
		for to < len(line) && !utf8.RuneStart(line[to]) {
			to--
		}
	}
	text := strings.ToValidUTF8(string(line[from:to]), "\ufffd")
	if from > 0 {
		text = "…" + text
	}
	if to < len(line) {
		text += "…"
	}
	return text
}
