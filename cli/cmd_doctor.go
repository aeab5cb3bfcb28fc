package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"amalfa/app"
	"amalfa/daemon"
	"amalfa/lifecycle"
	"amalfa/models"
	"amalfa/registry"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// A finding is one line of `doctor`. State is "ok", "warn" (works without) or "bad".
type finding struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Detail string `json:"detail"`
	Hint   string `json:"hint"`

	List []string `json:"list,omitempty"` // what Detail counts
	code int      // exit code when bad
}

const stateBad = "bad"

func (a *program) doctorCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "doctor", Category: categorySelf, Usage: "check that everything amalfa needs is there",
		UsageText:   "amalfa doctor\namalfa doctor --tidy",
		Flags:       []cli.Flag{&cli.BoolFlag{Name: "tidy", Usage: "remove the old indexes that new ones took the place of"}},
		Description: "Without --tidy it changes nothing, but that a damaged copy of what the program carries is written anew. It never touches the network.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeUnusable),
		Action:      checked(arguments(0, 0, ""), withSettings(a, app.SettingsShown, func(c *cli.Command) doctorOptions { return doctorOptions{c.Bool("tidy")} }, (*session).doctor)),
	})
}

func (s *session) doctor(ctx context.Context, o doctorOptions) error {
	found := []finding{s.checkProgram(), s.checkSettings(), s.checkRuntime(ctx), s.checkModel(), s.checkReranker(), s.checkFolders(), s.checkIndex(ctx)}
	old, removed := s.checkAside(o)
	found = append(found, old...)
	for _, svc := range registry.Services() {
		if !svc.Stdio {
			found = append(found, s.checkService(ctx, svc))
		}
	}
	if err := s.print(map[string]any{"checks": found, "settings": s.settingsReport(), "removed": append([]app.AsideIndex{}, removed...)}, func() { s.printFindings(found); s.printSettings() }); err != nil {
		return err
	}
	for _, f := range found {
		if f.State == stateBad {
			return errQuiet(f.code)
		}
	}
	return nil
}

func (a *program) printFindings(found []finding) {
	mark := map[string]string{"ok": a.green("✓"), "warn": a.amber("!"), stateBad: a.red("✗")}
	for _, f := range found {
		a.line("%s %-9s %s", mark[f.State], f.Name, cleanLine(f.Detail))
		for _, line := range f.List {
			a.line("  %-9s %s", "", cleanLine(line))
		}
		if f.Hint != "" {
			a.line("  %-9s → %s", "", f.Hint)
		}
	}
}

func newFinding(c app.Check) finding {
	if c.Err != nil {
		return bad(c.Name, c.Err)
	}
	return good(c.Name, "%s", c.Detail)
}

func good(name, format string, args ...any) finding {
	return finding{Name: name, State: "ok", Detail: fmt.Sprintf(format, args...)}
}

func bad(name string, err error) finding {
	st := classify(err)
	return finding{Name: name, State: stateBad, Detail: err.Error(), Hint: st.hint, code: st.code}
}

func warn(name, hint, format string, args ...any) finding {
	return finding{Name: name, State: "warn", Detail: fmt.Sprintf(format, args...), Hint: hint}
}

func (s *session) checkProgram() finding {
	b := app.ReadBuild()
	if !b.CGO {
		return bad("program", fmt.Errorf("amalfa %s, %s: %w", b.Version, b.Platform, app.ErrNoRuntime))
	}
	return good("program", "amalfa %s, %s, %s", b.Version, b.Platform, s.exe)
}

func (s *session) checkRuntime(ctx context.Context) finding {
	lib, err := s.FindRuntime(ctx)
	if err != nil {
		return bad("runtime", err)
	}
	return good("runtime", "ONNX Runtime, %s", lib)
}

func (s *session) checkModel() finding {
	if at, err := s.EmbeddingServer(); at != nil || err != nil {
		return serverFinding("model", at, err)
	}
	files, err := s.FindModel()
	if err != nil {
		return bad("model", err)
	}
	dim := ""
	if files.Model.Dim > 0 { // a folder of one's own says it once it is loaded
		dim = fmt.Sprintf("%d dimensions, ", files.Model.Dim)
	}
	return s.checkFiles("model", files, dim)
}

// checkReranker is about the reranking model; search works without it.
func (s *session) checkReranker() finding {
	if at, err := s.RerankingServer(); at != nil || err != nil {
		return serverFinding("rerank", at, err)
	}
	files, err := s.FindReranker()
	if err != nil {
		return warn("rerank", classify(err).hint, "%v", err)
	}
	return s.checkFiles("rerank", files, "")
}

// checkFiles is about files of a model, every byte of which was read: those of the catalogue are held against their digests.
func (s *session) checkFiles(name string, f models.Files, more string) finding {
	said := fmt.Sprintf("%s, %s precision, %s%s", f.Model.Name, f.Precision, more, f.ModelPath)
	if f.Replaced != nil {
		return warn(name, "a file that changes by itself is a sign of a failing disk or memory", "%s, which took the place of a damaged copy: %v", said, f.Replaced)
	}
	if _, known := models.Lookup(f.Model.Name); !known {
		said += ", a folder of your own: there is no digest to hold it against"
	}
	return good(name, "%s", said)
}

// serverFinding is about a model that a server has, which is not asked here.
func serverFinding(name string, at *app.ModelServer, err error) finding {
	switch {
	case err != nil:
		return bad(name, err)
	case at.Remote:
		return good(name, "%s at %s; private notes and what looks like a secret stay here", at.Model, at)
	}
	return good(name, "%s at %s", at.Model, at)
}

func (s *session) checkFolders() finding {
	if s.Folder.IsNowhere() {
		return warn("workspace", "change to a folder that exists", "%s; your settings: %s", s.Folder.Why, s.Places.Settings())
	}
	if err := s.Folder.Check(); err != nil {
		return bad("workspace", err)
	}
	return good("workspace", "%s; your settings: %s", s.Folder.Root, s.Places.Settings())
}

func (s *session) checkIndex(ctx context.Context) finding {
	st, err := s.ReadIndex(ctx)
	if errors.Is(err, store.ErrNoIndex) {
		return warn("index", `run "amalfa init"`, "%v", err)
	}
	if err != nil {
		return bad("index", err)
	}
	defer st.Close()
	if err := st.Check(ctx); err != nil {
		return bad("index", err)
	}
	n, err := st.Stats(ctx)
	if err != nil {
		return bad("index", err)
	}
	lag, err := s.Lag(ctx, st)
	if err != nil {
		return bad("index", err)
	}
	if lag > 0 {
		return warn("index", `run "amalfa init", or "amalfa watcher start"`, "%s, %s changed on disk since", count(n.Notes, "note"), count(lag, "file"))
	}
	return good("index", "%s, %s, up to date, %s", count(n.Notes, "note"), count(n.Chunks, "passage"), s.IndexPlace())
}

func (s *session) checkService(ctx context.Context, svc registry.Service) finding {
	st, err := s.Inspect(ctx, svc)
	if err != nil {
		return bad(svc.Name, err)
	}
	if old := s.OldProgram(svc, st); old != "" {
		return warn(svc.Name, "", "%s, pid %d %s, %s", st.State, st.PID, st.Address, old)
	}
	switch st.State {
	case lifecycle.Ready, lifecycle.Starting:
		if changed := s.Outdated(svc, st); changed != "" {
			return warn(svc.Name, "", "%s, pid %d %s, %s", st.State, st.PID, st.Address, changed)
		}
		if st.Crash != nil {
			return warn(svc.Name, "see "+s.Relative(st.Crash.Report), "%s, pid %d %s; it died at %s by %s", st.State, st.PID, st.Address, st.Crash.Time.Format(time.TimeOnly), st.Crash.How)
		}
		return good(svc.Name, "%s, pid %d %s", st.State, st.PID, st.Address)
	case lifecycle.Stopped:
		port, err := s.Port(svc)
		if err == nil && port != 0 {
			if pid, command, held := daemon.Holder(port); held {
				return warn(svc.Name, "stop it, or choose another port with --port", "stopped, and port %d is held by pid %d (%s)", port, pid, command)
			}
		}
		return good(svc.Name, "stopped; it starts when needed or with \"amalfa %s start\"", svc.Name)
	}
	hint := "see " + s.Relative(s.LogFile(svc))
	if c := causeOf(st.Error); c.mend != mendUnknown {
		hint = fmt.Sprintf("run %q; its log is %s", c.mend, s.Relative(s.LogFile(svc)))
	}
	return warn(svc.Name, hint, "%s: %s", st.State, orDash(st.Error))
}
