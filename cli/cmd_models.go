package cli

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"amalfa/models"

	"github.com/urfave/cli/v3"
	"go.uber.org/zap"
)

func (a *program) modelsCommand() *cli.Command {
	precision := &cli.StringFlag{Name: "precision", Usage: "full, int8 or, for rerankers, fp16 (default: embeddings.precision or reranker.precision)"}
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeInterrupted)
	verb := func(name, usage string, least int, action func(context.Context, *session, *cli.Command) error, flags ...cli.Flag) *cli.Command {
		return a.command(cli.Command{
			Name: name, Usage: usage, ArgsUsage: "[NAME]", Flags: append(flags, precision), Description: codes,
			Action: checked(arguments(least, 1, "a model's name"), func(ctx context.Context, c *cli.Command) error {
				s, err := a.open(c)
				if err != nil {
					return err
				}
				if err := s.checkPrecision(c); err != nil {
					return err
				}
				return action(ctx, s, c)
			}),
		})
	}
	list := func(_ context.Context, c *cli.Command) error { return a.listModels(c) }
	group := a.group(cli.Command{Name: "models", Category: categoryModels, Usage: "list, fetch, verify and remove models", Description: codes}, list)
	group.Commands = []*cli.Command{
		a.command(cli.Command{Name: "list", Usage: "every model that can be had (also without a word)", Description: codes, Action: checked(arguments(0, 0, ""), list)}),
		verb("pull", "fetch a model and the runtime, checksums verified", 0, pullModel, &cli.BoolFlag{Name: "allow-unpinned", Usage: "take files without a pinned checksum from another HF_ENDPOINT"}),
		verb("verify", "read every byte of a model and compare checksums", 0, verifyModel),
		verb("path", "print the folder of a model", 0, pathOfModel),
		verb("rm", "remove a model from amalfa's cache", 1, removeModel),
	}
	return group
}

func (s *session) checkPrecision(c *cli.Command) error {
	switch c.String("precision") {
	case "", models.Full, models.Half, models.Int8:
		return nil
	}
	return usageError(fmt.Sprintf("--precision has no %q", c.String("precision")), "choose full, fp16 or int8")
}

// modelArg is the model that the command names, else that of the settings.
func (s *session) modelArg(c *cli.Command) string {
	if name := c.Args().First(); name != "" {
		return name
	}
	return s.Settings.Embeddings.Model
}

func (s *session) precision(c *cli.Command) string {
	if p := c.String("precision"); p != "" {
		return p
	}
	if m, ok := models.Lookup(s.modelArg(c)); ok && m.Kind == models.Reranker {
		return s.Settings.Reranker.Precision
	}
	return s.Settings.Embeddings.Precision
}

// A modelRow is one row of `models list --json`.
type modelRow struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"` // "embedding" or "reranker"
	Precision string `json:"precision"`
	Dim       int    `json:"dimensions"`
	MaxTokens int    `json:"maxTokens"`
	License   string `json:"license"`
	Bytes     int64  `json:"bytes"`
	Verified  bool   `json:"verified"`
	Embedded  bool   `json:"embedded"`
	Path      string `json:"path"`
}

func (a *program) listModels(c *cli.Command) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	rows := []modelRow{}
	for _, m := range s.Locator(zap.NewNop()).List() {
		rows = append(rows, modelRow{
			m.Model.Name, cmp.Or(m.Model.Kind, "embedding"), m.Precision, m.Model.Dim, m.Model.MaxTokens, m.Model.License,
			m.Model.Bytes, m.Model.Verified, m.Embedded, m.Path,
		})
	}
	return a.print(c, rows, func() { a.printModels(rows) })
}

func (a *program) printModels(rows []modelRow) {
	cells := [][]string{{"MODEL", "PRECISION", "DIM", "TOKENS", "SIZE", "LICENCE", "CHECKED", "HERE"}}
	for _, r := range rows {
		checked, here := "untested", "-"
		if r.Verified {
			checked = "verified"
		}
		switch {
		case r.Path != "":
			here = "yes"
		case r.Embedded:
			here = "built in"
		}
		dim := strconv.Itoa(r.Dim)
		if r.Kind == models.Reranker {
			dim = "scores"
		}
		cells = append(cells, []string{r.Name, r.Precision, dim, strconv.Itoa(r.MaxTokens), megabytes(r.Bytes), r.License, checked, here})
	}
	a.table(cells)
}

func pullModel(ctx context.Context, s *session, c *cli.Command) error {
	loc := s.Locator(nil)
	loc.AllowUnpinned = c.Bool("allow-unpinned")
	if _, err := loc.Runtime(ctx); err != nil {
		return err
	}
	files, err := loc.Pull(ctx, s.modelArg(c), s.precision(c))
	return s.printModel(c, files, err)
}

func verifyModel(_ context.Context, s *session, c *cli.Command) error {
	files, err := s.Locator(nil).Verify(s.modelArg(c), s.precision(c))
	return s.printModel(c, files, err)
}

func (s *session) printModel(c *cli.Command, f models.Files, err error) error {
	if err != nil {
		return err
	}
	ans := map[string]any{"name": f.Model.Name, "precision": f.Precision, "model": f.ModelPath, "tokenizer": f.TokenizerPath, "digest": f.Digest}
	return s.print(c, ans, func() { s.line("%s (%s) is here and right: %s", f.Model.Name, f.Precision, f.ModelPath) })
}

func pathOfModel(_ context.Context, s *session, c *cli.Command) error {
	path, err := s.Locator(nil).Path(s.modelArg(c), s.precision(c))
	if err != nil {
		return err
	}
	return s.print(c, map[string]string{"path": path}, func() { s.line("%s", path) })
}

func removeModel(ctx context.Context, s *session, c *cli.Command) error {
	freed, err := s.Locator(nil).Remove(ctx, c.Args().First(), c.String("precision"))
	if err != nil {
		return err
	}
	return s.print(c, map[string]int64{"freedBytes": freed}, func() { s.line("freed %s", megabytes(freed)) })
}
