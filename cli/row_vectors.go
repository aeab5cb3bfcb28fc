package cli

import (
	"fmt"

	"amalfa/search"
)

// A vectorsRow says how far the vectors are while somebody makes them.
type vectorsRow struct {
	search.Share
	TokensPerSecond int   `json:"tokensPerSecond"`
	LeftSeconds     int64 `json:"leftSeconds"`

	left string // for people
}

// vectorsRow is nil where nobody makes any.
func (s *session) vectorsRow() *vectorsRow {
	p, ok := s.VectorProgress()
	if !ok {
		return nil
	}
	return &vectorsRow{search.Share{Have: p.Have, Of: p.Of}, int(p.Rate), int64(p.Left.Seconds()), timeLeft(p.Left)}
}

func (r vectorsRow) line() string { return fmt.Sprintf("vectors %d %%%s", r.Percent(), r.left) }
