package cli

import (
	"context"
	"fmt"

	"amalfa/app"
	"amalfa/ingest"
	"amalfa/search"
)

// A vectorsRow says how far the vectors are while somebody makes them.
type vectorsRow struct {
	search.Share
	TokensPerSecond int   `json:"tokensPerSecond"`
	LeftSeconds     int64 `json:"leftSeconds"`

	left string // for people
}

// newVectorsRow is of the vectors that the index has now, and of who makes the rest; nil where nobody does.
func newVectorsRow(now search.Share, p *ingest.VectorProgress) *vectorsRow {
	if p == nil {
		return nil
	}
	return &vectorsRow{now, int(p.Rate), int64(p.Left.Seconds()), timeLeft(p.Left)}
}

func (r vectorsRow) line() string { return fmt.Sprintf("vectors %d %%%s", r.Percent(), r.left) }

// lagText says how far an index is behind the disk in a few words, "" for not at all.
func lagText(l app.Lag) string {
	switch {
	case l.AtLeast && l.Files > 0:
		return "at least " + count(l.Files, "file") + " behind"
	case l.Files > 0:
		return count(l.Files, "file") + " behind"
	}
	return ""
}

// addFreshness shows in the watcher's row what it is there for. Where the index cannot be read there is none to tell of: `doctor` says why.
func (r *serverRow) addFreshness(ctx context.Context, s *session) {
	f, err := s.Freshness(ctx)
	if err != nil {
		return
	}
	r.IndexLag, r.behind = &indexLag{f.Lag.Files, f.Lag.AtLeast}, lagText(f.Lag)
	r.Vectors = newVectorsRow(f.Vectors, f.Making)
}

// speed says how fast they are made, "" where nobody makes any.
func (r *vectorsRow) speed() string {
	if r == nil {
		return ""
	}
	return fmt.Sprintf("; %s tokens/s%s", thousands(r.TokensPerSecond), r.left)
}
