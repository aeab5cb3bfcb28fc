package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// A Rebuilt says how much of a note its passages give.
type Rebuilt struct {
	// Whole: it is the file, byte for byte, by its hash.
	Whole bool `json:"whole"`
	// Missing are the first and last lines, from 1, of what the index does not hold. They are empty, so that the others keep their numbers.
	Missing [][2]int `json:"missing_lines"`
}

// toldRanges is how many ranges of lines Lacks names.
const toldRanges = 5

// Lacks names the missing lines as people read it, "lines 1-4, 9-9", and "" for none.
func (r Rebuilt) Lacks() string {
	var ranges []string
	for _, l := range r.Missing[:min(toldRanges, len(r.Missing))] {
		ranges = append(ranges, fmt.Sprintf("%d-%d", l[0], l[1]))
	}
	switch {
	case len(ranges) == 0:
		return ""
	case len(r.Missing) > toldRanges:
		ranges = append(ranges, "…")
	}
	return "lines " + strings.Join(ranges, ", ")
}

// Elsewhere is what the index holds of a note whose file is on another machine of a team. missed is why the file cannot be read here, and what
// is returned of a file that should be here; nil where this machine has no folder of files at all.
func Elsewhere(ctx context.Context, st Store, n Note, missed error) ([]byte, *Rebuilt, error) {
	if missed != nil {
		if !errors.Is(missed, fs.ErrNotExist) {
			return nil, nil, missed
		}
		if away, err := IsElsewhere(ctx, st, n.ID); err != nil || !away {
			return nil, nil, cmp.Or(err, missed)
		}
	}
	passages, err := st.Chunks(ctx, n.ID)
	if err != nil {
		return nil, nil, err
	}
	data, r := Rebuild(n, passages)
	return data, r, nil
}

// IsElsewhere tells that another machine wrote a file last, so that this one may have none.
func IsElsewhere(ctx context.Context, st Store, id string) (bool, error) {
	files, err := st.FilesAt(ctx, []string{id})
	return files[id].Elsewhere, err
}

// Rebuild makes the text of a note of its passages, each on the lines where it stands in the file. What no passage holds, front matter, embedded
// data, and white space between them, is not in an index.
func Rebuild(n Note, passages []Chunk) ([]byte, *Rebuilt) {
	b := rebuilder{eol: "\n", line: 1, end: min(n.Size, maxRebuilt), missing: [][2]int{}}
	for _, c := range passages {
		if strings.Contains(c.Text, "\r\n") {
			b.eol = "\r\n"
		}
	}
	for _, c := range passages {
		b.gap(int64(c.Start), c.FirstLine)
		b.passage(c)
	}
	b.gap(b.end, max(n.Lines, b.line)+1) // the end of the last line counts as no line more
	data := []byte(b.text.String())
	sum := sha256.Sum256(data)
	if hex.EncodeToString(sum[:]) == n.Hash {
		return data, &Rebuilt{Whole: true, Missing: [][2]int{}}
	}
	return data, &Rebuilt{Missing: b.missing}
}

// maxRebuilt bounds what numbers of an index, which others may have written, make of a note, in bytes: no file is indexed that is larger.
const maxRebuilt = 32 << 20

// A rebuilder writes a text from its beginning to its end.
type rebuilder struct {
	text    strings.Builder
	eol     string
	line    int   // that is written, from 1
	at, end int64 // place in the file, and the file's size
	missing [][2]int
}

// gap goes on to a place and a line. Each line of what lies between takes a byte at least, so that no more are written than a file can have.
func (b *rebuilder) gap(to int64, line int) {
	to = min(to, b.end)
	lines := min(int64(max(0, line-b.line)), max(0, to-b.at))
	spare := to - b.at - lines*int64(len(b.eol)) // bytes that are no end of a line
	whole := [2]int{b.line, b.line + int(lines) - 1}
	if b.at > 0 {
		whole[0]++ // the line before is a passage's
	}
	b.feed(int(lines))
	switch {
	case spare > 0 && lines == 0:
		b.text.WriteString(strings.Repeat(" ", int(min(spare, maxSpaces))))
	case spare > 0 && whole[0] <= whole[1]:
		b.missing = append(b.missing, whole)
	}
	b.at = max(b.at, to)
}

// maxSpaces bounds those between two passages of one line.
const maxSpaces = 1 << 10

func (b *rebuilder) feed(lines int) {
	for range lines {
		b.text.WriteString(b.eol)
	}
	b.line += lines
}

// passage writes one. A shortened one, without the data that stood in it, takes the lines that it had.
func (b *rebuilder) passage(c Chunk) {
	b.text.WriteString(c.Text)
	b.line += strings.Count(c.Text, "\n")
	b.at = min(int64(c.End), b.end)
	if left := c.LastLine - b.line; left > 0 && int64(left) < b.at-int64(c.Start) {
		b.feed(left)
	}
}
