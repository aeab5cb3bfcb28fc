package mcp

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
)

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
	asked uint32 // fingerprint of the tool and of the arguments that must not change between answers
	After string // the last id that was shown
	Line  int    // or the position to go on from
	Byte  int
}

// paging are the arguments of a tool whose answer may be continued.
type paging struct {
	MaxTokens int    `json:"max_tokens,omitempty"`
	Cursor    string `json:"cursor,omitempty"`
}

// errCursor reports a cursor of another question, of another tool, or of nobody.
var errCursor = errors.New("the cursor does not belong to these arguments; call again without it")

// maxCursor bounds the numbers of a cursor, which come from outside.
const maxCursor = 1 << 40

func fingerprint(tool string, args ...any) uint32 {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %q", tool, args)
	return h.Sum32()
}

// encode is short, since a model reads it twice and writes it once.
func (c cursor) encode() string {
	data := binary.BigEndian.AppendUint32(nil, c.asked)
	data = binary.AppendUvarint(data, uint64(c.Line))
	data = binary.AppendUvarint(data, uint64(c.Byte))
	return base64.RawURLEncoding.EncodeToString(append(data, c.After...))
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

// decodeCursor returns the zero position for an empty cursor, and for the words that models write where they mean none.
func decodeCursor(s string, asked uint32) (cursor, error) {
	none := cursor{asked: asked}
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "", "null", "none", "undefined", "0":
		return none, nil
	}
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	if err != nil || len(data) < 6 || binary.BigEndian.Uint32(data) != asked {
		return none, errCursor
	}
	data = data[4:]
	line, n := binary.Uvarint(data)
	if n <= 0 {
		return none, errCursor
	}
	at, m := binary.Uvarint(data[n:])
	if m <= 0 || line > maxCursor || at > maxCursor {
		return none, errCursor
	}
	return cursor{asked: asked, Line: int(line), Byte: int(at), After: string(data[n+m:])}, nil
}
