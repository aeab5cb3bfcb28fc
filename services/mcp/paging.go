package mcp

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// A budget is what is left of the tokens of one answer.
type budget struct {
	left  int
	count func(string) int
}

// spend spends the tokens of s and reports true, or spends nothing and reports false when s does not fit.
func (b *budget) spend(s string) bool {
	n := b.count(s)
	if n > b.left {
		return false
	}
	b.left -= n
	return true
}

// A form is one way to show an item: the row for programs, the text for models.
type form[Row any] struct {
	row  Row
	text string
}

// pack shows items, each in the first of its forms that fits, longest first, until one has none that does. The first item is
// shown in any case, in its last form: an answer without a row would have a cursor that leads back to itself. rows is not nil.
func pack[T, Row any](b *budget, items []T, forms func(i int, item T) []form[Row]) (rows []Row, text string) {
	var body strings.Builder
	rows = []Row{}
	for i, item := range items {
		all := forms(i, item)
		at := slices.IndexFunc(all, func(f form[Row]) bool { return b.spend(f.text) })
		if at < 0 && i > 0 || len(all) == 0 {
			break
		}
		if at < 0 {
			at = len(all) - 1
		}
		rows = append(rows, all[at].row)
		body.WriteString(all[at].text)
	}
	return rows, body.String()
}

// truncate returns the longest start of s, in whole runes and at least one, that fits, and spends it. Counting costs by length, so
// it looks at longer and longer starts, and never at much more than it returns.
func (b *budget) truncate(s string) string {
	if s == "" {
		return ""
	}
	low, high := 0, max(64, 4*b.left)
	for high < len(s) && b.count(startOf(s, high)) <= b.left {
		low, high = high, 2*high
	}
	high = min(high, len(s))
	n := low + sort.Search(high-low, func(i int) bool { return b.count(startOf(s, low+i+1)) > b.left })
	part := startOf(s, n)
	if part == "" {
		_, size := utf8.DecodeRuneInString(s)
		part = s[:size]
	}
	b.left -= min(b.count(part), b.left)
	return part
}

// startOf returns the start of s, at most n bytes long, that ends with a rune.
func startOf(s string, n int) string {
	for n < len(s) && n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// numberLines writes text with the number of its line before each line. The numbers let the agent cite, and keep a note from
// passing its own lines off as ours.
func numberLines(text string, first int) string {
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		fmt.Fprintf(&b, "%d| %s\n", first+i, line)
	}
	return b.String()
}

// A cursor is where the next answer of a tool goes on. It is a hint from outside: every field is checked again when used.
type cursor struct {
	Tool  string `json:"t"`
	Asked uint64 `json:"q,string"`    // fingerprint of the arguments that must not change between answers
	After string `json:"a,omitempty"` // the last id that was shown
	Line  int    `json:"l,omitempty"` // or the position to go on from
	Byte  int    `json:"b,omitempty"`
}

// paging are the arguments of a tool whose answer may be continued.
type paging struct {
	MaxTokens int    `json:"max_tokens,omitempty" jsonschema:"longest answer in tokens"`
	Cursor    string `json:"cursor,omitempty" jsonschema:"next_cursor of the previous answer"`
}

// errCursor reports a cursor of another question, of another tool, or of nobody.
var errCursor = errors.New("the cursor does not belong to these arguments; call again without it")

func fingerprint(args ...any) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q", args)
	return h.Sum64()
}

func (c cursor) encode() string {
	data, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("mcp: encode cursor: %v", err)) // strings and integers
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// next goes on behind the items that were shown; nil when those were all.
func (c cursor) next(shown, of int) *string {
	if shown >= of {
		return nil
	}
	c.Line += shown
	return orNull(c.encode())
}

// moreText tells a model how to get the next answer, if there is one.
func moreText(next *string) string {
	if next == nil {
		return ""
	}
	return fmt.Sprintf("More: same arguments with cursor %s\n", *next)
}

// decodeCursor returns the zero position for an empty cursor.
func decodeCursor(s, tool string, asked uint64) (cursor, error) {
	want := cursor{Tool: tool, Asked: asked}
	if s == "" {
		return want, nil
	}
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(s))
	if err != nil {
		return want, errCursor
	}
	var c cursor
	if err := json.Unmarshal(data, &c); err != nil || c.Tool != tool || c.Asked != asked || c.Line < 0 || c.Byte < 0 {
		return want, errCursor
	}
	return c, nil
}
