package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"amalfa/app"

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
		Action: checked(arguments(1, 2, "a question"), with(a, rerankFlags, (*session).rerank)),
	})
}

type rerankOptions struct {
	Query, File string // "" and "-" are standard input
	Model       string
	Top, Budget *int // Budget in milliseconds
	NoDaemon    bool
}

func rerankFlags(c *cli.Command) rerankOptions {
	return rerankOptions{
		Query: c.Args().First(), File: c.Args().Get(1), Model: c.String("model"),
		Top: given(c, "top", c.Int("top")), Budget: given(c, "budget-ms", c.Int("budget-ms")), NoDaemon: c.Bool("no-daemon"),
	}
}

func (o rerankOptions) check() error {
	switch {
	case strings.TrimSpace(o.Query) == "":
		return usageError("the question is empty", `try: amalfa rerank "what is a panda?" documents.txt`)
	case o.Top != nil && *o.Top < 1:
		return usageError(fmt.Sprintf("--top takes 1 or more, not %d", *o.Top), "leave it out for all")
	case o.Budget != nil && *o.Budget < 1:
		return usageError(fmt.Sprintf("--budget-ms takes 1 or more, not %d", *o.Budget), "leave it out for no limit")
	}
	return nil
}

func (s *session) rerank(ctx context.Context, o rerankOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	documents, err := s.documents(o.File)
	if err != nil {
		return err
	}
	ans, err := s.Rank(ctx, o.Query, documents, app.RankOptions{Model: o.Model, NoDaemon: o.NoDaemon, Budget: milliseconds(o.Budget)})
	if err != nil {
		return err
	}
	if o.Top != nil && *o.Top < len(ans.Results) {
		ans.Results = ans.Results[:*o.Top]
	}
	return s.print(ans, func() { s.printRanks(ans, len(documents)) })
}

// milliseconds is a flag's time, 0 where it is absent.
func milliseconds(n *int) time.Duration {
	if n == nil {
		return 0
	}
	return time.Duration(*n) * time.Millisecond
}

// documents reads a file, or standard input for "" and "-".
func (a *program) documents(name string) ([]app.Document, error) {
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

func readDocuments(r io.Reader) ([]app.Document, error) {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), 2*maxLine)
	var out []app.Document
	for n := 0; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" {
			continue
		}
		var text string
		if line[0] != '"' || json.Unmarshal([]byte(line), &text) != nil {
			text = line
		}
		if len(text) > app.MaxDocument {
			return nil, fmt.Errorf("line %d has %d bytes, at most %d are allowed", n+1, len(text), app.MaxDocument)
		}
		out = append(out, app.Document{Line: n, Text: text})
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

func (a *program) printRanks(ans app.Ranking, documents int) {
	for i, r := range ans.Results {
		score := "     -"
		if r.Score != nil {
			score = fmt.Sprintf("%.4f", *r.Score)
		}
		a.line("%2d  %s  %s", i+1, score, cleanLine(r.Text))
	}
	if ans.Judged < documents {
		a.aside("%d of %s judged in the time given", ans.Judged, count(documents, "document"))
	}
}
