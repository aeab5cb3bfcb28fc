package mcp

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
)

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
