package notes

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
)

// Bounds on front matter. Real front matter is a few hundred bytes.
const (
	maxHead   = 64 << 10 // bytes from the first fence to the second
	maxNames  = 1000     // tags and aliases of one note, each
	maxValues = 10_000   // scalars of one head, with those that aliases of YAML stand for
	MaxTitle  = 200      // bytes of a title or an alias
)

// A Format is a language of front matter, named by what opens it.
type Format string

// Formats of front matter.
const (
	None       Format = ""
	YAML       Format = "---"
	TOML       Format = "+++"
	JSON       Format = "{"
	Properties Format = "::" // lines "key:: value" at the top of the text, as Logseq writes them
)

// A Head is the front matter of a note: where it stands, and what it says. Positions are bytes of the note.
type Head struct {
	Format     Format
	Start, End int // the block with its fences; without fences both are where the text begins
	from, to   int // what stands between the fences; of page properties their lines, which are part of the text
	fields     []field
}

// Holds tells whether a byte of the note belongs to what the head says.
func (h Head) Holds(at int) bool { return h.from <= at && at < max(h.to, h.End) }

// ReadHead finds the front matter that opens on the first line of a note that is not blank, and reads it. A block that holds no keys is text
// between two rules across the page.
//
// An error says why the block cannot be read as a whole, and on which line of the note, or that nothing closes it. The text is
// good all the same, from End on, and the head holds what can be read line by line.
func ReadHead(note []byte) (Head, error) {
	start := BOMLength(note)
	above := blankLines(note[start:]) // Hugo takes them; to others that is text between rules, so the head must be sound
	h, err := findBlock(note, start+above)
	if h.Format == None && above > 0 {
		err = nil
	}
	if h.Format == None {
		return pageHead(note, start), err
	}
	inner := note[h.from:h.to]
	meant := keyed(h.Format, inner)
	h.fields, err = parse(h.Format, note, h.from, h.to)
	switch {
	case err == nil && (meant || above == 0):
		return h, nil
	case !meant, above > 0, errors.Is(err, errProse) && !tight(inner):
		return pageHead(note, start), nil
	}
	h.fields = readLines(h.Format, note, h.from, h.to)
	return h, fmt.Errorf("front matter: %w", err)
}

// blankLines is the length of the blank lines that a text begins with.
func blankLines(text []byte) int {
	blank := text[:len(text)-len(bytes.TrimLeft(text, " \t\r\n"))]
	return bytes.LastIndexByte(blank, '\n') + 1
}

// parse reads what stands between from and to in its own language.
func parse(format Format, note []byte, from, to int) (fields []field, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot be parsed: %v", r)
		}
	}()
	if depth(note[from:to]) > maxDepth {
		return nil, errors.New("nested too deeply")
	}
	switch format {
	case TOML:
		return readTOML(note, from, to)
	case JSON:
		return readJSON(note, from, to)
	}
	return readYAML(note, from, to)
}

// errProse reports text between two rules across the page.
var errProse = errors.New("no space behind the colon of a key")

// maxDepth bounds what is given to a parser that calls itself.
const maxDepth = 100

// depth is an upper bound for how deep brackets, dashes and indentation can nest.
func depth(block []byte) int {
	depth, most := 0, 0
	for line := range bytes.Lines(block) {
		indent := len(line) - len(bytes.TrimLeft(line, " -?:"))
		for _, c := range line {
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			}
			most = max(most, depth+indent/2)
		}
	}
	return most
}

var (
	// keyLine is how a line of front matter begins; "https://" is none.
	keyLine     = regexp.MustCompile(`^["']?[\pL_][\pL\pN_. -]{0,63}["']?[ \t]*[:=](?:[^/]|/[^/]|/?$)`)
	tableLine   = regexp.MustCompile(`^\[\[?[\w. "'-]+\]\]?[ \t]*(?:#.*)?$`)
	commentLine = regexp.MustCompile(`^[ \t]*(?:#.*)?$`)
)

// keyed tells whether a block that its language refuses was meant for front matter: its first line, but for blank ones and
// comments, begins with a key. Otherwise it is prose that happens to stand between two fences.
func keyed(format Format, block []byte) bool {
	for line := range bytes.Lines(block) {
		line = bytes.TrimSpace(line)
		if line = bytes.TrimLeft(line, "{"); format != JSON || len(line) > 0 {
			if !commentLine.Match(line) {
				return keyLine.Match(line) || format == TOML && tableLine.Match(line)
			}
		}
	}
	return false
}

// tightLine is a key without a space behind its colon, of those that a note is known by.
var tightLine = regexp.MustCompile(`^(?i:title|tags?|alias(?:es)?|date|created|description)[:=][^\s/]`)

// tight tells whether a block that YAML takes for one text begins with a key: "tags:sea".
func tight(block []byte) bool { return tightLine.Match(bytes.TrimSpace(block)) }
