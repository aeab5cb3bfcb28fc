// Package people is what is kept of people who ask over a network: their tokens, and the log of what they wrote. A [Folder] keeps it on
// one machine; a team's database keeps it for all of them (store/postgres).
package people

import (
	"context"
	"errors"
	"time"
)

// Errors on which callers act.
var (
	ErrExists  = errors.New("there is a token of that name")
	ErrUnknown = errors.New("no token of that name")
	ErrName    = errors.New("not a name")
)

// A Store keeps them. Safe for concurrent use.
type Store interface {
	// List returns all tokens that the caller may know of, those that do not count any more too, in the order in which they were made.
	List(ctx context.Context) ([]Token, error)
	// Create keeps a token. ErrExists where its name has one that counts at the time when it was made.
	Create(ctx context.Context, t Token) error
	// Revoke ends the token of a name, for running servers too. ErrUnknown where there is none that is not revoked.
	Revoke(ctx context.Context, name string, now time.Time) error
	// Find returns the token with a hash and what it may in some workspaces. ErrUnknown where none counts now; a database goes by its own clock.
	Find(ctx context.Context, hash string, workspaces []string, now time.Time) (Token, error)
	// Used keeps when a token was last brought, to UsedWithin.
	Used(ctx context.Context, hash string, now time.Time) error
	// Asks tells that everybody has to bring a token: somebody has one or had one, or the caller may not know.
	Asks(ctx context.Context, workspace string) (bool, error)
	// Record keeps a write of a person.
	Record(ctx context.Context, w Write) error
	// Writes returns those of a person, or of all where who is "", the newest first, at most limit.
	Writes(ctx context.Context, who string, limit int) ([]Write, error)
	Close() error
}

// UsedWithin is how exact the time is at which a token was last brought: it is not written at every request.
const UsedWithin = 10 * time.Minute
