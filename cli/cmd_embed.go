package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v3"
)

const (
	maxLine   = 1 << 20 // bytes of one text, as the vector service takes
	embedPage = 64      // texts of one request
)

func (a *program) embedCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "embed", Category: categoryModels, Usage: "turn texts into vectors",
		ArgsUsage: "[TEXT…]",
		UsageText: "amalfa embed --jsonl < texts.jsonl > vectors.jsonl\namalfa embed \"hello world\"",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "jsonl", Usage: "read one JSON string a line from standard input"},
			&cli.StringFlag{Name: "input-type", Usage: "query or passage: put the model's prefix in front"},
			&cli.BoolFlag{Name: "no-daemon", Usage: "load the model in this process"},
		},
		Description: "Prints {\"vector\",\"tokens\",\"truncated\"} a line, in order.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeInterrupted),
		Action:      with(a, embedFlags, (*session).embed),
	})
}

type embedLine struct {
	Vector    []float32 `json:"vector"`
	Tokens    int       `json:"tokens"`
	Truncated bool      `json:"truncated"`
}

type embedOptions struct {
	Texts     []string
	JSONLines bool // read texts from standard input
	Input     string
	NoDaemon  bool
}

func embedFlags(c *cli.Command) embedOptions {
	return embedOptions{c.Args().Slice(), c.Bool("jsonl"), c.String("input-type"), c.Bool("no-daemon")}
}

func (s *session) embed(ctx context.Context, o embedOptions) error {
	if !slices.Contains([]string{"", "query", "passage"}, o.Input) {
		return usageError(fmt.Sprintf("--input-type has no %q", o.Input), "choose query or passage")
	}
	if o.JSONLines == (len(o.Texts) > 0) {
		return usageError("embed needs either texts or --jsonl", `try: amalfa embed "hello world"`)
	}
	if err := s.NeedModel(); err != nil {
		return err
	}
	emb := s.NewEmbedder(o.NoDaemon)
	defer emb.Close()
	page := func(texts []string) error {
		out, err := emb.EmbedAs(ctx, texts, o.Input)
		for _, v := range out {
			if err := json.NewEncoder(s.out).Encode(embedLine{v.Values, v.Tokens, v.Truncated}); err != nil {
				return err
			}
		}
		return err
	}
	if len(o.Texts) > 0 {
		return page(o.Texts)
	}
	return jsonLines(s.in, embedPage, page)
}

// jsonLines reads one JSON string a line and calls do with pages of them.
func jsonLines(r io.Reader, size int, do func([]string) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), 2*maxLine)
	var page []string
	for n := 1; sc.Scan(); n++ {
		var text string
		if err := json.Unmarshal(sc.Bytes(), &text); err != nil {
			return fmt.Errorf("line %d: not a JSON string: %w", n, err)
		}
		if page = append(page, text); len(page) == size {
			if err := do(page); err != nil {
				return err
			}
			page = nil
		}
	}
	if err := sc.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return fmt.Errorf("a line is longer than %d bytes", 2*maxLine)
		}
		return err
	}
	if len(page) == 0 {
		return nil
	}
	return do(page)
}
