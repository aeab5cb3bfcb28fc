package people

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// All stands for every workspace: of a folder those of its user, of a database those that the role which made the token may write.
const All = "*"

// Prefix lets people, and scanners for secrets, tell what a token is of.
const Prefix = "amalfa_"

// A Right is what a token may in one workspace: read it, or write it too.
type Right struct {
	Workspace string `json:"workspace"` // its folder, in a database its shared name, or All
	Write     bool   `json:"write"`
}

// A Token is what is kept of one. 32 random bytes cannot be guessed, so a plain SHA-256 of them keeps them: a slow hash is for what
// people make up.
type Token struct {
	Name    string     `json:"name"`
	Hash    string     `json:"sha256"` // hex
	Rights  []Right    `json:"rights"`
	Created time.Time  `json:"created"`
	Maker   string     `json:"maker,omitempty"`   // in a database, the role
	Expires *time.Time `json:"expires,omitempty"` // nil for never
	Used    *time.Time `json:"used,omitempty"`    // to UsedWithin; nil for never
	Revoked *time.Time `json:"revoked,omitempty"`
}

// UnmarshalJSON reads those of older programs too, which had one right for all their workspaces.
func (t *Token) UnmarshalJSON(data []byte) error {
	type plain Token
	var v struct {
		plain
		Write      bool     `json:"write"`
		Workspaces []string `json:"workspaces"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*t = Token(v.plain)
	for _, w := range v.Workspaces {
		t.Rights = append(t.Rights, Right{w, v.Write})
	}
	return nil
}

// Counts tells that a token is neither revoked nor expired.
func (t Token) Counts(now time.Time) bool {
	return t.Revoked == nil && (t.Expires == nil || now.Before(*t.Expires))
}

// May tells what a token may in a workspace.
func (t Token) May(workspace string) (read, write bool) {
	for _, r := range t.Rights {
		if r.Workspace == workspace || r.Workspace == All {
			read, write = true, write || r.Write
		}
	}
	return read, write
}

// NewSecret makes the secret of a token, of 256 random bits, and its hash.
func NewSecret() (secret, hash string) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	secret = Prefix + base64.RawURLEncoding.EncodeToString(random[:])
	return secret, HashOf(secret)
}

// IsSecret tells that a text may be a secret of NewSecret.
func IsSecret(s string) bool {
	return strings.HasPrefix(s, Prefix) && len(s) == len(Prefix)+base64.RawURLEncoding.EncodedLen(32)
}

// HashOf is what is kept of a secret: its SHA-256, in hex.
func HashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// CheckName takes what can stand in a line of a log. Errors wrap ErrName.
func CheckName(name string) error {
	if name == "" || len(name) > 100 || strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-@+", r))
	}) {
		return fmt.Errorf("%w: %.100q: want letters, digits and ._-@+, at most 100", ErrName, name)
	}
	return nil
}
