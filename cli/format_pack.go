package cli

import (
	"context"
	"fmt"
	"strings"

	"amalfa/search"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

const defaultPackTokens = 2000

// A packAnswer is `search --format pack --json`.
type packAnswer struct {
	Query     string   `json:"query"`
	Budget    int      `json:"budget"`
	Tokens    int      `json:"tokens"`
	Tokenizer string   `json:"tokenizer"` // whose tokens are counted; a model's name, or an estimate
	Pieces    []piece  `json:"pieces"`
	LeftOut   int      `json:"leftOut"` // passages found that did not fit
	Folded    int      `json:"folded"`  // passages that say what a piece says
	Degraded  []string `json:"degraded"`
}

type piece struct {
	ID      string   `json:"id"`
	Lines   [2]int   `json:"lines"`
	Heading []string `json:"heading"`
	Text    string   `json:"text"`
	Tokens  int      `json:"tokens"`
}

// writePack writes what the budget has room for, counted with all that is printed around it.
func (s *session) writePack(ctx context.Context, c *cli.Command, st store.Store, ans searchAnswer) error {
	tokens, tokenizer := s.CountTokens()
	p := packAnswer{Query: ans.Query, Budget: defaultPackTokens, Tokenizer: tokenizer, Pieces: []piece{}, Degraded: ans.Degraded}
	if c.IsSet("tokens") {
		p.Budget = c.Int("tokens")
	}
	found, err := pack(ctx, st, ans, search.PackOptions{
		Budget: p.Budget, Count: func(p search.Piece) int { return tokens(packed(p)) },
	})
	if err != nil {
		return err
	}
	p.Tokens, p.LeftOut, p.Folded = found.Tokens, found.LeftOut, found.Folded
	for _, f := range found.Pieces {
		p.Pieces = append(p.Pieces, piece{f.ID, f.Lines, append([]string{}, f.Heading...), f.Text, f.Tokens})
	}
	return s.print(c, p, func() {
		for _, f := range found.Pieces {
			s.line("%s", packed(f))
		}
		s.notes(ans)
		s.note("%s, %d of %d tokens of %s; %d left out, %d that say the same", count(len(p.Pieces), "piece"), p.Tokens, p.Budget, p.Tokenizer, p.LeftOut, p.Folded)
	})
}

// pack looks the passages up again, for what stands beside them.
func pack(ctx context.Context, st store.Store, ans searchAnswer, o search.PackOptions) (search.Pack, error) {
	hits := make([]search.Hit, len(ans.Results))
	for i, h := range ans.Results {
		hits[i] = search.Hit{ID: h.ID, Lines: h.Lines, Text: h.text}
	}
	return search.NewPack(ctx, st, hits, o)
}

func packed(p search.Piece) string {
	head := fmt.Sprintf("[%s:%d-%d]", cleanLine(p.ID), p.Lines[0], p.Lines[1])
	if len(p.Heading) > 0 {
		head += " " + cleanLine(strings.Join(p.Heading, " > "))
	}
	return head + "\n" + clean(p.Text) + "\n"
}
