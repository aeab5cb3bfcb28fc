package mcp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"amalfa/services"

	"github.com/google/jsonschema-go/jsonschema"
)

// A Question is what a language model is to answer from the notes. Depth is "quick" or "research", Budget bounds all that is read and
// written, in tokens; 0 is the usual.
type Question struct {
	Text, Depth string
	Budget      int
}

// An Answer is sentences of a language model, each held against the lines that it cites.
type Answer struct {
	Sentences  []AnswerSentence
	Confidence string // of the search
	Sources    []Cited
	Prompt     int // tokens
	Completion int
	Trace      string // where the report of a research is, "" for none
	Model      string
	Degraded   []string
}

// An AnswerSentence is one of them.
type AnswerSentence struct {
	Sentence  string  `json:"sentence"`
	Citations []Cited `json:"citations"`
	Supported bool    `json:"supported" jsonschema:"the lines say so"`
}

// A Cited is lines of a note, 1-based and inclusive.
type Cited struct {
	Path  string `json:"path"`
	Lines [2]int `json:"lines"`
}

// askTimeout is how long an answer may take: a research has 2 minutes for its steps alone.
const askTimeout = 5 * time.Minute

type askIn struct {
	Question     string `json:"question" jsonschema:"in words"`
	Depth        string `json:"depth,omitempty"`
	BudgetTokens int    `json:"budget_tokens,omitempty"`
}

type askOut struct {
	quoted
	Question   string           `json:"question"`
	Answer     []AnswerSentence `json:"answer"`
	Confidence string           `json:"confidence" jsonschema:"of the search: high, medium, low, none"`
	Sources    []Cited          `json:"sources" jsonschema:"what the model was given"`
	Usage      askUsage         `json:"usage"`
	Trace      *string          `json:"trace" jsonschema:"report of a research in the workspace"`
	Model      string           `json:"model"`
	Degraded   []string         `json:"degraded"`
}

type askUsage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
}

func askTool() tool {
	return tool{
		name:  "ask",
		title: "Answer from the notes",
		description: "Have the user's language model answer a question from the notes; each sentence cites lines and says whether these support it. " +
			"It costs the user tokens: to read for yourself, search_documents is enough.",
		wait: askTimeout,
		open: true,
		limit: func(p map[string]*jsonschema.Schema) {
			p["depth"].Enum = []any{"quick", "research"}
		},
	}
}

func (s *Server) ask(ctx context.Context, in askIn) (a answer[askOut], err error) {
	tell, told := progress(ctx), 0
	found, err := s.o.Ask(ctx, Question{in.Question, in.Depth, in.BudgetTokens}, func() {
		if told++; tell != nil {
			tell(told, 0)
		}
	})
	if e, ok := errors.AsType[*services.Error](err); ok && e.Advice != "" {
		return a, withHint(err, e.Advice)
	}
	if err != nil {
		return a, s.index.addHint(err)
	}
	for i := range found.Sentences {
		found.Sentences[i].Sentence = oneLine(found.Sentences[i].Sentence)
	}
	out := askOut{quoted: fromNotes(), Question: in.Question, Answer: append([]AnswerSentence{}, found.Sentences...), Confidence: found.Confidence, Sources: append([]Cited{}, found.Sources...),
		Usage: askUsage{found.Prompt, found.Completion}, Trace: orNull(found.Trace), Model: found.Model, Degraded: append([]string{}, found.Degraded...)}
	out.cut()
	return answer[askOut]{out: out, text: out.format()}, nil
}

// maxAnswer bounds the sentences of an answer with their citations, in bytes of JSON: some 3,000 tokens.
const maxAnswer = 12_000

// cut leaves out what is too long for an agent.
func (o *askOut) cut() {
	size := 0
	for i, s := range o.Answer {
		if size += len(encode(s, false)); size > maxAnswer {
			o.Degraded = append(o.Degraded, fmt.Sprintf("answer: %d more sentences are left out", len(o.Answer)-i))
			o.Answer = o.Answer[:i]
			return
		}
	}
}

func (o askOut) format() string {
	var b strings.Builder
	b.WriteString(untrustedNotice)
	for _, s := range o.Answer {
		fmt.Fprintf(&b, "| %s", s.Sentence)
		for _, c := range s.Citations {
			fmt.Fprintf(&b, " [%s:%d-%d]", oneLine(c.Path), c.Lines[0], c.Lines[1])
		}
		if !s.Supported {
			b.WriteString(" (not supported by the notes)")
		}
		b.WriteString("\n")
	}
	for _, d := range o.Degraded {
		fmt.Fprintf(&b, "note: %s\n", oneLine(d))
	}
	return b.String()
}
