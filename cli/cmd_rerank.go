package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"amalfa/app"
	"amalfa/inference/rerank"

	"github.com/urfave/cli/v3"
)

func (a *program) rerankCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "rerank", Category: categoryModels, Usage: "order documents by how well they answer a question",
		ArgsUsage: "QUERY [FILE|-]",
		UsageText: "amalfa rerank \"what is a panda?\" documents.txt\ncat documents.jsonl | amalfa rerank --top 3 --json QUERY",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "model", Usage: "a catalogue `NAME` or a folder (default: reranker.model)"},
			&cli.IntFlag{Name: "top", HideDefault: true, Usage: "print the best `N` only"},
			&cli.IntFlag{Name: "budget-ms", HideDefault: true, Usage: "stop judging after `N` milliseconds; the first documents are judged first"},
			&cli.BoolFlag{Name: "no-daemon", Usage: "load the model in this process"},
		},
		Description: "Reads one document a line, raw or as a JSON string. With --json, index counts the lines from 0; a\ndocument that the time did not suffice for has no score and comes last. A long document is read in\nwindows and has its best one's score; part says which bytes that is.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeInterrupted),
		Action: checked(arguments(1, 2, "a question"), a.rerank),
	})
}

// A rerankAnswer is `rerank --json`; design.md section 7 fixes its shape.
type rerankAnswer struct {
	Results []rerankResult `json:"results"`
	Judged  int            `json:"judged"`
	Model   string         `json:"model"`
}

type rerankResult struct {
	Index int      `json:"index"`
	Score *float64 `json:"score"`
	Raw   *float64 `json:"raw"`
	Text  string   `json:"text"`

	Part *rerank.Part `json:"part,omitempty"` // of a long document: the bytes that scored best
}

func (a *program) rerank(ctx context.Context, c *cli.Command) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	query := c.Args().First()
	switch {
	case strings.TrimSpace(query) == "":
		return usageError("the question is empty", `try: amalfa rerank "what is a panda?" documents.txt`)
	case c.IsSet("top") && c.Int("top") < 1:
		return usageError(fmt.Sprintf("--top takes 1 or more, not %d", c.Int("top")), "leave it out for all")
	case c.IsSet("budget-ms") && c.Int("budget-ms") < 1:
		return usageError(fmt.Sprintf("--budget-ms takes 1 or more, not %d", c.Int("budget-ms")), "leave it out for no limit")
	}
	documents, err := a.documents(c.Args().Get(1))
	if err != nil {
		return err
	}
	own := c.String("model") != "" && c.String("model") != s.Settings.Reranker.Model
	if own {
		s.UseReranker(c.String("model"))
	}
	rr, end, err := s.Reranker(ctx, app.RerankerOptions{InProcess: own || c.Bool("no-daemon"), Fetch: true})
	if err != nil {
		return err
	}
	ans, err := rerankAll(ctx, rr, query, documents, time.Duration(c.Int("budget-ms"))*time.Millisecond)
	if err := errors.Join(err, end()); err != nil {
		return err
	}
	if c.IsSet("top") && c.Int("top") < len(ans.Results) {
		ans.Results = ans.Results[:c.Int("top")]
	}
	return a.print(c, ans, func() { a.printRanks(ans, len(documents)) })
}

// A documentLine is one document and its line, from 0. Blank lines are none.
type documentLine struct {
	index int
	text  string
}

// documents reads a file, or standard input for "" and "-".
func (a *program) documents(name string) ([]documentLine, error) {
	r := a.in
	if name != "" && name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r = f
	}
	return readDocuments(r)
}

func readDocuments(r io.Reader) ([]documentLine, error) {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), 2*maxLine)
	var out []documentLine
	for n := 0; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" {
			continue
		}
		var text string
		if line[0] != '"' || json.Unmarshal([]byte(line), &text) != nil {
			text = line
		}
		if len(text) > rerank.MaxTextBytes {
			return nil, fmt.Errorf("line %d has %d bytes, at most %d are allowed", n+1, len(text), rerank.MaxTextBytes)
		}
		out = append(out, documentLine{n, text})
	}
	switch {
	case errors.Is(sc.Err(), bufio.ErrTooLong):
		return nil, fmt.Errorf("a line is longer than %d bytes", 2*maxLine)
	case sc.Err() != nil:
		return nil, sc.Err()
	case len(out) == 0:
		return nil, usageError("there are no documents", "give a file, or lines on standard input")
	}
	return out, nil
}

// requestBytes bounds the text of one request, well below what a service takes.
const requestBytes = 16 << 20

// rerankAll asks in requests of a size that the service takes; the budget is
// that of all together.
func rerankAll(ctx context.Context, rr rerank.Reranker, query string, documents []documentLine, budget time.Duration) (rerankAnswer, error) {
	begin := time.Now()
	ans := rerankAnswer{Results: []rerankResult{}}
	for rest := documents; len(rest) > 0; {
		n := portion(rest)
		part := rest[:n]
		rest = rest[n:]
		r := rerank.Request{Query: query}
		for _, d := range part {
			r.Documents = append(r.Documents, d.text)
		}
		if budget > 0 {
			r.Budget = max(time.Nanosecond, budget-time.Since(begin))
		}
		a, err := rr.Score(ctx, r)
		if err != nil {
			return ans, err
		}
		ans.add(part, a)
	}
	slices.SortStableFunc(ans.Results, better)
	return ans, nil
}

// portion is how many documents, at least one, go into a request.
func portion(documents []documentLine) int {
	size := 0
	for i, d := range documents {
		if size += len(d.text); i > 0 && (i == rerank.MaxDocuments || size > requestBytes) {
			return i
		}
	}
	return len(documents)
}

func (ans *rerankAnswer) add(part []documentLine, a rerank.Answer) {
	ans.Judged += a.Judged
	if a.Model.Name != "" {
		ans.Model = a.Model.Name
	}
	for i, d := range part {
		result := rerankResult{Index: d.index, Text: d.text}
		if s := a.Scores[i]; s.Judged {
			result.Score, result.Raw, result.Part = &s.Value, &s.Raw, s.Part
		}
		ans.Results = append(ans.Results, result)
	}
}

// better orders by score; what was not judged comes last.
func better(x, y rerankResult) int {
	switch {
	case x.Raw == nil && y.Raw == nil:
		return 0
	case x.Raw == nil:
		return 1
	case y.Raw == nil || *x.Raw > *y.Raw:
		return -1
	case *x.Raw < *y.Raw:
		return 1
	}
	return 0
}

func (a *program) printRanks(ans rerankAnswer, documents int) {
	for i, r := range ans.Results {
		score := "     -"
		if r.Score != nil {
			score = fmt.Sprintf("%.4f", *r.Score)
		}
		a.line("%2d  %s  %s", i+1, score, cleanLine(r.Text))
	}
	if ans.Judged < documents {
		a.note("%d of %s judged in the time given", ans.Judged, count(documents, "document"))
	}
}
