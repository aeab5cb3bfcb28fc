package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"amalfa/app"
	"amalfa/models"

	"github.com/urfave/cli/v3"
)

// maxTokenLine bounds a line of standard input, in bytes.
const maxTokenLine = 64 << 20

func (a *program) tokenizeCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "tokenize", Category: categoryModels, Usage: "turn texts into a model's tokens",
		ArgsUsage: "[TEXT…]",
		UsageText: "amalfa tokenize --model BAAI/bge-small-en-v1.5 \"hello world\"\namalfa tokenize --tokenizer tokenizer.json --jsonl < texts.jsonl",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "model", Usage: "the tokenizer of a model that is on this machine: `NAME` or folder"},
			&cli.StringFlag{Name: "tokenizer", Usage: "a tokenizer.json: `FILE`"},
			&cli.IntFlag{Name: "max", HideDefault: true, Usage: "at most `N` tokens, special ones included; a pair's longer text is cut first (default: nothing is cut)"},
			&cli.BoolFlag{Name: "jsonl", Usage: "read one JSON value a line, a text or a pair of texts [\"a\",\"b\"], and print {\"ids\",\"typeIds\",\"tokens\"} for each"},
		},
		Description: "Special tokens are added. Texts come as words of the command, or one a line from\nstandard input; without --jsonl or --json their numbers of tokens are printed.\n" +
			"Reads WordPiece, Unigram and byte-pair encoding; WordLevel works in the services only.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeMissing),
		Action: func(ctx context.Context, c *cli.Command) error { return a.tokenize(ctx, tokenizeFlags(c)) },
	})
}

type tokenizeOptions struct {
	Texts       []string // none: one a line from standard input
	Model, File *string  // one of them
	Max         *int
	JSONLines   bool
}

func tokenizeFlags(c *cli.Command) tokenizeOptions {
	return tokenizeOptions{
		Texts: c.Args().Slice(), Model: given(c, "model", c.String("model")), File: given(c, "tokenizer", c.String("tokenizer")),
		Max: given(c, "max", c.Int("max")), JSONLines: c.Bool("jsonl"),
	}
}

func (o tokenizeOptions) check() error {
	switch {
	case (o.Model != nil) == (o.File != nil):
		return usageError("tokenize needs either --model or --tokenizer", `try: amalfa tokenize --model `+models.DefaultName+` "hello world"`)
	case o.JSONLines && len(o.Texts) > 0:
		return usageError("--jsonl reads texts from standard input", "leave out one of them")
	case o.Max != nil && *o.Max < 1:
		return usageError(fmt.Sprintf("--max takes 1 or more, not %d", *o.Max), "leave it out to cut nothing")
	}
	return nil
}

// A tokenizing is one run of the command.
type tokenizing struct {
	tok   *app.Tokenizer
	lines bool // JSON out
	out   *bufio.Writer
}

func (a *program) tokenize(_ context.Context, o tokenizeOptions) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	path, err := a.tokenizerPath(o)
	if err != nil {
		return err
	}
	limit := 0
	if o.Max != nil {
		limit = *o.Max
	}
	lines := o.JSONLines || a.json
	tok, err := app.OpenTokenizer(path, limit, lines)
	if err != nil {
		return err
	}
	t := &tokenizing{tok: tok, lines: lines, out: bufio.NewWriter(a.out)}
	defer func() { err = errors.Join(err, t.out.Flush()) }()
	if len(o.Texts) == 0 {
		return eachLine(a.in, t.reader(o.JSONLines))
	}
	for _, text := range o.Texts {
		if err := t.encode(text); err != nil {
			return err
		}
	}
	return nil
}

// tokenizerPath is the file that the command names, or that of the model it names.
func (a *program) tokenizerPath(o tokenizeOptions) (string, error) {
	if o.File != nil {
		return *o.File, nil
	}
	s, err := a.open(app.SettingsNeeded)
	if err != nil {
		return "", err
	}
	return s.TokenizerPath(*o.Model)
}

// reader returns what is done with a line: a text as it stands, or JSON.
func (t *tokenizing) reader(jsonl bool) func([]byte) error {
	if !jsonl {
		return func(line []byte) error { return t.encode(string(line)) }
	}
	return func(line []byte) error {
		var text *string
		var pair []*string
		switch {
		case !utf8.Valid(line):
			return errors.New("not UTF-8")
		case json.Unmarshal(line, &text) == nil && text != nil:
			return t.encode(*text)
		case json.Unmarshal(line, &pair) == nil && len(pair) == 2 && pair[0] != nil && pair[1] != nil:
			return t.encode(*pair[0], *pair[1])
		}
		return errors.New(`want a JSON string or a list of two, ["a","b"]`)
	}
}

func (t *tokenizing) encode(texts ...string) error {
	e, err := t.tok.Encode(texts...)
	if err != nil {
		return err
	}
	if !t.lines {
		_, err = fmt.Fprintln(t.out, len(e.IDs))
		return err
	}
	enc := json.NewEncoder(t.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(e)
}

// eachLine calls do with every line and names the line of an error.
func eachLine(r io.Reader, do func([]byte) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), maxTokenLine)
	n := 1
	for ; sc.Scan(); n++ {
		if err := do(sc.Bytes()); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if errors.Is(sc.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("line %d is longer than %d bytes", n, maxTokenLine)
	}
	return sc.Err()
}
