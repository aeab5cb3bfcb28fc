package cli

import (
	"fmt"
	"strings"

	"amalfa/app"
	"amalfa/notes"
	"amalfa/search"
)

const defaultPackTokens = 2000

// A packAnswer is `search --format pack --json`.
type packAnswer struct {
	Query     string          `json:"query"`
	Budget    int             `json:"budget"`
	Tokens    int             `json:"tokens"`
	Tokenizer string          `json:"tokenizer"` // whose tokens are counted; a model's name, or an estimate
	Contexts  []notes.Context `json:"contexts"`  // what the folders of the pieces say
	Pieces    []piece         `json:"pieces"`
	LeftOut   int             `json:"leftOut"` // passages found that did not fit
	Folded    int             `json:"folded"`  // passages that say what a piece says
	Degraded  []string        `json:"degraded"`
	Relaxed   []string        `json:"relaxed"` // what the question asks for and some of what was found lacks
}

type piece struct {
	ID      string   `json:"id"`
	Lines   [2]int   `json:"lines"`
	Heading []string `json:"heading"`
	Text    string   `json:"text"`
	Tokens  int      `json:"tokens"`
}

// packOptions ask for what the budget has room for, counted with all that is printed around it.
func packOptions(o searchOptions) *app.PackOptions {
	p := &app.PackOptions{Budget: defaultPackTokens, Render: packed, RenderContext: packedContext}
	if o.Tokens != nil {
		p.Budget = *o.Tokens
	}
	return p
}

func (s *session) writePack(budget int, ans searchAnswer, found app.Found) error {
	pack := found.Pack
	p := packAnswer{Query: ans.Query, Budget: budget, Tokens: pack.Tokens, Tokenizer: found.Tokenizer,
		Contexts: ans.Contexts, Pieces: []piece{}, LeftOut: pack.LeftOut, Folded: pack.Folded, Degraded: ans.Degraded, Relaxed: ans.Relaxed}
	for _, f := range pack.Pieces {
		p.Pieces = append(p.Pieces, piece{f.ID, f.Lines, append([]string{}, f.Heading...), f.Text, f.Tokens})
	}
	return s.print(p, func() {
		for _, c := range ans.Contexts {
			s.line("%s", packedContext(c))
		}
		for _, f := range pack.Pieces {
			s.line("%s", packed(f))
		}
		s.notes(ans)
		s.aside("%s, %d of %d tokens of %s; %d left out, %d that say the same", count(len(p.Pieces), "piece"), p.Tokens, p.Budget, p.Tokenizer, p.LeftOut, p.Folded)
	})
}

func packedContext(c notes.Context) string {
	return fmt.Sprintf("[about %s] %s\n", cleanLine(c.Folder), cleanLine(c.Text))
}

func packed(p search.Piece) string {
	head := fmt.Sprintf("[%s:%d-%d]", cleanLine(p.ID), p.Lines[0], p.Lines[1])
	if len(p.Heading) > 0 {
		head += " " + cleanLine(strings.Join(p.Heading, " > "))
	}
	return head + "\n" + clean(p.Text) + "\n"
}
