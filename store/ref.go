package store

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// A reference names a passage in a few characters that no shell takes for its own: digits of the content address of the text,
// by which an index finds it, then digits of the note's id, which tell the note from others that hold the same text. It stays
// the same in every index, made again or not, as long as the passage does. Of 100,000 passages, two share one with a
// probability of 7 % (n²/2 · 16⁻⁹); both are then candidates.
const (
	RefPassage = 7 // hex digits of Chunk.Hash
	refNote    = 2 // hex digits of the note's id, hashed
)

// reference is one as people and models write it: alone, after a sign, or as answers show it, "ref 3f9c2e1a7".
var reference = regexp.MustCompile(`^(?:[@#]|[Rr]ef[:=]? *)?([0-9a-fA-F]{9})$`)

// Ref returns the chunk's reference.
func (c Chunk) Ref() string {
	note := sha256.Sum256([]byte(c.Note))
	return c.Hash[:min(RefPassage, len(c.Hash))] + hex.EncodeToString(note[:])[:refNote]
}

// ParseRef returns the reference that a person wrote, in its normal form.
func ParseRef(typed string) (ref string, ok bool) {
	m := reference.FindStringSubmatch(strings.TrimSpace(typed))
	if m == nil {
		return "", false
	}
	return strings.ToLower(m[1]), true
}
