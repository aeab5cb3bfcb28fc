package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"amalfa/app"
	"amalfa/inference/embed"

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
		Action:      a.embed,
	})
}

type embedLine struct {
	Vector    []float32 `json:"vector"`
	Tokens    int       `json:"tokens"`
	Truncated bool      `json:"truncated"`
}

func (a *program) embed(ctx context.Context, c *cli.Command) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	input := embed.Input(c.String("input-type"))
	if input != "" && input != embed.Query && input != embed.Passage {
		return usageError(fmt.Sprintf("--input-type has no %q", input), "choose query or passage")
	}
	texts := c.Args().Slice()
	if c.Bool("jsonl") == (len(texts) > 0) {
		return usageError("embed needs either texts or --jsonl", `try: amalfa embed "hello world"`)
	}
	emb := s.NewEmbedder(c.Bool("no-daemon"))
	defer emb.Close()
	page := func(texts []string) error {
		return a.embedPage(ctx, emb, texts, embed.Options{Input: input, Bulk: len(texts) > 1})
	}
	if len(texts) > 0 {
		return page(texts)
	}
	return jsonLines(a.in, embedPage, page)
}

func (a *program) embedPage(ctx context.Context, emb *app.Embedder, texts []string, o embed.Options) error {
	out, err := emb.Vectors(ctx, texts, o)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(a.out)
	for _, v := range out {
		if err := enc.Encode(embedLine{v.Values, v.Tokens, v.Truncated}); err != nil {
			return err
		}
	}
	return nil
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
