package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"amalfa/models"

	"github.com/urfave/cli/v3"
)

func (a *program) modelsCommand() *cli.Command {
	precision := &cli.StringFlag{Name: "precision", Usage: "full, int8 or, for rerankers, fp16 (default: embeddings.precision or reranker.precision)"}
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeInterrupted)
	verb := func(name, usage string, least int, action func(*session, context.Context, modelOptions) error, flags ...cli.Flag) *cli.Command {
		return a.command(cli.Command{
			Name: name, Usage: usage, ArgsUsage: "[NAME]", Flags: append(flags, precision), Description: codes,
			Action: checked(arguments(least, 1, "a model's name"), with(a, modelFlags, action)),
		})
	}
	list := plain(a, (*session).listModels)
	group := a.group(cli.Command{Name: "models", Category: categoryModels, Usage: "list, fetch, verify and remove models", Description: codes}, list)
	group.Commands = []*cli.Command{
		a.command(cli.Command{Name: "list", Usage: "every model that can be had (also without a word)", Description: codes, Action: checked(arguments(0, 0, ""), list)}),
		verb("pull", "fetch a model and the runtime, checksums verified", 0, (*session).pullModel, &cli.BoolFlag{Name: "allow-unpinned", Usage: "take files without a pinned checksum from another HF_ENDPOINT"}),
		verb("verify", "read every byte of a model and compare checksums", 0, (*session).verifyModel),
		verb("path", "print the folder of a model", 0, (*session).pathOfModel),
		verb("rm", "remove a model from amalfa's cache", 1, (*session).removeModel),
	}
	return group
}

type modelOptions struct {
	Name, Precision string // "" for those of the settings
	AllowUnpinned   bool
}

func modelFlags(c *cli.Command) modelOptions {
	return modelOptions{c.Args().First(), c.String("precision"), c.Bool("allow-unpinned")}
}

// fillIn puts what the settings say into the place of what was left out.
func (s *session) fillIn(o *modelOptions) error {
	if !slices.Contains([]string{"", models.Full, models.Half, models.Int8}, o.Precision) {
		return usageError(fmt.Sprintf("--precision has no %q", o.Precision), "choose full, fp16 or int8")
	}
	o.Name = cmp.Or(o.Name, s.Settings.Embeddings.Model)
	if o.Precision == "" {
		o.Precision = s.Settings.Embeddings.Precision
		if m, ok := models.Lookup(o.Name); ok && m.Kind == models.Reranker {
			o.Precision = s.Settings.Reranker.Precision
		}
	}
	return nil
}

// A modelRow is one row of `models list --json`.
type modelRow struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"` // "embedding" or "reranker"
	Precision string `json:"precision"`
	Dim       int    `json:"dimensions"`
	MaxTokens int    `json:"maxTokens"`
	Languages string `json:"languages"` // codes of ISO 639-1, or words where there are many
	Many      bool   `json:"multilingual"`
	License   string `json:"license"`
	Bytes     *int64 `json:"bytes"` // of this precision, on disk; null where nobody knows before it is fetched
	Verified  bool   `json:"verified"`
	Embedded  bool   `json:"embedded"`
	Path      string `json:"path"`
}

func (s *session) listModels(context.Context) error {
	rows := []modelRow{}
	for _, m := range s.Locator(nil).List() {
		rows = append(rows, modelRow{
			m.Model.Name, cmp.Or(m.Model.Kind, "embedding"), m.Precision, m.Model.Dim, m.Model.MaxTokens, m.Model.Languages, m.Model.Multilingual(), m.Model.License,
			modelBytes(m), m.Model.Verified, m.Embedded, m.Path,
		})
	}
	return s.print(rows, func() { s.printModels(rows) })
}

// modelBytes is what the files of a model take here, or will.
func modelBytes(m models.Status) *int64 {
	if m.Path != "" {
		return ptr(m.Bytes)
	}
	return ptr(m.Model.Size(m.Precision))
}

func (a *program) printModels(rows []modelRow) {
	cells := [][]string{{"MODEL", "PRECISION", "DIM", "TOKENS", "LANGUAGES", "SIZE", "LICENCE", "CHECKED", "HERE"}}
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
		cells = append(cells, []string{r.Name, r.Precision, dim, strconv.Itoa(r.MaxTokens), languages(r), text(r.Bytes, megabytes), r.License, checked, here})
	}
	a.table(fitting(cells, []string{"SIZE", "HERE", "PRECISION", "LANGUAGES", "DIM", "TOKENS", "LICENCE", "CHECKED"}, a.columns))
}

func languages(r modelRow) string {
	if r.Many {
		return "multilingual"
	}
	return r.Languages
}

func (s *session) pullModel(ctx context.Context, o modelOptions) error {
	if err := s.fillIn(&o); err != nil {
		return err
	}
	loc := s.Locator(nil)
	loc.AllowUnpinned = o.AllowUnpinned
	if _, err := loc.Runtime(ctx); err != nil {
		return err
	}
	files, err := loc.Pull(ctx, o.Name, o.Precision)
	return s.printModel(files, err)
}

func (s *session) verifyModel(_ context.Context, o modelOptions) error {
	if err := s.fillIn(&o); err != nil {
		return err
	}
	files, err := s.Locator(nil).Verify(o.Name, o.Precision)
	return s.printModel(files, err)
}

func (a *program) printModel(f models.Files, err error) error {
	if err != nil {
		return err
	}
	ans := map[string]any{"name": f.Model.Name, "precision": f.Precision, "model": f.ModelPath, "tokenizer": f.TokenizerPath, "digest": f.Digest}
	if f.Replaced != nil {
		ans["replaced"] = f.Replaced.Error()
	}
	return a.outcome(ans, func() {
		a.line("%s (%s) is here and right: %s", f.Model.Name, f.Precision, f.ModelPath)
		if f.Replaced != nil {
			a.line("It took the place of a damaged copy: %s", cleanLine(f.Replaced.Error()))
		}
	})
}

func (s *session) pathOfModel(_ context.Context, o modelOptions) error {
	if err := s.fillIn(&o); err != nil {
		return err
	}
	path, err := s.Locator(nil).Path(o.Name, o.Precision)
	if err != nil {
		return err
	}
	return s.print(map[string]string{"path": path}, func() { s.line("%s", path) })
}

// removeModel removes every precision where none is named.
func (s *session) removeModel(ctx context.Context, o modelOptions) error {
	named := o.Precision
	if err := s.fillIn(&o); err != nil {
		return err
	}
	freed, err := s.Locator(nil).Remove(ctx, o.Name, named)
	if err != nil {
		return err
	}
	return s.outcome(map[string]int64{"freedBytes": freed}, func() { s.line("freed %s", megabytes(freed)) })
}
