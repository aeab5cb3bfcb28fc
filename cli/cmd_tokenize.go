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
	"amalfa/tokenizer"

	"github.com/urfave/cli/v3"
)

// maxTokenLine bounds a line of standard input, in bytes.
const maxTokenLine = 64 << 20

func (a *program) tokenizeCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "tokenize", Category: categoryModels, Usage: "turn texts into a model's tokens",
		ArgsUsage: "[TEXT…]",
		UsageText: "amalfa tokenize --model BAAI/bge-small-en-v1.5 \"hello world\"\namalfa tokenize --tokenizer tokenizer.json --jsonl < texts.jsonl > tokens.jsonl",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "model", Usage: "the tokenizer of a model that is on this machine: `NAME` or folder"},
			&cli.StringFlag{Name: "tokenizer", Usage: "a tokenizer.json: `FILE`"},
			&cli.IntFlag{Name: "max", HideDefault: true, Usage: "at most `N` tokens, special ones included; a pair's longer text is cut first (default: nothing is cut)"},
			&cli.BoolFlag{Name: "jsonl", Usage: "read one JSON value a line, a text or a pair of texts [\"a\",\"b\"], and print {\"ids\",\"typeIds\",\"tokens\"} for each"},
		},
		Description: "Special tokens are added. Texts come as words of the command, or one a line from\nstandard input; without --jsonl or --json their numbers of tokens are printed.\n" +
			"Reads WordPiece, Unigram and byte-pair encoding; WordLevel works in the services only.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeMissing),
		Action: a.tokenize,
	})
}

// A tokenLine is one line of `tokenize --jsonl`.
type tokenLine struct {
	IDs     []int64  `json:"ids"`
	TypeIDs []int64  `json:"typeIds"`
	Tokens  []string `json:"tokens"`
}

// A tokenizing is one run of the command.
type tokenizing struct {
	tok   *tokenizer.Tokenizer
	o     tokenizer.Options
	lines bool // JSON out
	out   *bufio.Writer
}

func (a *program) tokenize(_ context.Context, c *cli.Command) (err error) {
	if err := checkTokenize(c); err != nil {
		return err
	}
	path, err := a.tokenizerPath(c)
	if err != nil {
		return err
	}
	tok, err := tokenizer.Load(path)
	if errors.Is(err, tokenizer.ErrUnsupported) {
		return app.WithHint(err, "this command reads WordPiece, Unigram and byte-pair encoding")
	}
	if err != nil {
		return err
	}
	lines := c.Bool("jsonl") || c.Bool("json")
	t := &tokenizing{tok: tok, lines: lines, out: bufio.NewWriter(a.out), o: tokenizer.Options{AddSpecial: true, Max: c.Int("max"), Detail: lines}}
	defer func() { err = errors.Join(err, t.out.Flush()) }()
	if !c.Args().Present() {
		return eachLine(a.in, t.reader(c.Bool("jsonl")))
	}
	for _, text := range c.Args().Slice() {
		if err := t.text(text); err != nil {
			return err
		}
	}
	return nil
}

func checkTokenize(c *cli.Command) error {
	switch {
	case c.IsSet("model") == c.IsSet("tokenizer"):
		return usageError("tokenize needs either --model or --tokenizer", `try: amalfa tokenize --model `+models.DefaultName+` "hello world"`)
	case c.Bool("jsonl") && c.Args().Present():
		return usageError("--jsonl reads texts from standard input", "leave out one of them")
	case c.IsSet("max") && c.Int("max") < 1:
		return usageError(fmt.Sprintf("--max takes 1 or more, not %d", c.Int("max")), "leave it out to cut nothing")
	}
	return nil
}

// tokenizerPath is the file that the command names, or that of the model it
// names, in whichever precision it is here.
func (a *program) tokenizerPath(c *cli.Command) (string, error) {
	if c.IsSet("tokenizer") {
		return c.String("tokenizer"), nil
	}
	s, err := a.open(c)
	if err != nil {
		return "", err
	}
	loc := s.Locator(nil)
	files, err := loc.Find(c.String("model"), s.Settings.Embeddings.Precision)
	for _, precision := range []string{models.Full, models.Int8} {
		if err == nil || !errors.Is(err, models.ErrMissing) {
			break
		}
		if other, otherErr := loc.Find(c.String("model"), precision); otherErr == nil {
			files, err = other, nil
		}
	}
	return files.TokenizerPath, err
}

// reader returns what is done with a line: a text as it stands, or JSON.
func (t *tokenizing) reader(jsonl bool) func([]byte) error {
	if !jsonl {
		return func(line []byte) error { return t.text(string(line)) }
	}
	return func(line []byte) error {
		var text *string
		var pair []*string
		switch {
		case !utf8.Valid(line):
			return errors.New("not UTF-8")
		case json.Unmarshal(line, &text) == nil && text != nil:
			return t.text(*text)
		case json.Unmarshal(line, &pair) == nil && len(pair) == 2 && pair[0] != nil && pair[1] != nil:
			return t.print(t.tok.EncodePair(*pair[0], *pair[1], t.o))
		}
		return errors.New(`want a JSON string or a list of two, ["a","b"]`)
	}
}

func (t *tokenizing) text(s string) error { return t.print(t.tok.Encode(s, t.o)) }

func (t *tokenizing) print(e tokenizer.Encoding, err error) error {
	if err != nil {
		return err
	}
	if !t.lines {
		_, err = fmt.Fprintln(t.out, len(e.IDs))
		return err
	}
	enc := json.NewEncoder(t.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(tokenLine{append([]int64{}, e.IDs...), append([]int64{}, e.TypeIDs...), append([]string{}, e.Tokens...)})
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
