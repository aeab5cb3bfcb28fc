package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"amalfa/config"
	"amalfa/daemon"
	"amalfa/models"
	"amalfa/registry"
)

// A portChoice is where a service shall listen, and how firmly.
type portChoice struct {
	port     int
	explicit bool // asked for by flag, variable or settings: never another one
}

// port applies the order flag, variable, settings, default. flag is -1 when absent.
func (s *session) port(svc registry.Service, flag int) (portChoice, error) {
	if flag >= 0 {
		return portChoice{flag, true}, nil
	}
	if text := s.env.Getenv(svc.PortVar); svc.PortVar != "" && text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 65535 {
			return portChoice{}, &usageError{fmt.Sprintf("%s is not a port: %q", svc.PortVar, text), "use 1 to 65535, or 0 for any free port"}
		}
		return portChoice{n, true}, nil
	}
	if n, ok := s.settings.Ports[svc.Name]; ok {
		return portChoice{n, true}, nil
	}
	return portChoice{port: svc.Port}, nil
}

// spec says how a service of this workspace or machine is run. The folders it
// writes to are made by prepare, not here.
func (s *session) spec(svc registry.Service) daemon.Spec {
	sp := daemon.Spec{
		Service: svc, Record: s.ws.Record(svc.Name), Log: s.ws.Log(svc.Name),
		Exe: s.exe, Dir: s.ws.Root, Version: programVersion(), Workspace: s.ws.Root,
	}
	if svc.Scope == registry.Machine {
		sp.Record, sp.Mirror, sp.Dir = s.places.Record(svc.Name), s.ws.Record(svc.Name), s.places.State
		if !s.ownFolder() {
			sp.Mirror, sp.Log = "", filepath.Join(s.places.State, "logs", svc.Name+".log")
		}
	}
	if svc.Port == 0 && !svc.Stdio {
		sp.StateFile = s.ws.StateFile(svc.Name)
	}
	return sp
}

// ownFolder reports whether a machine service may leave its log and a copy of
// its record in the workspace: not in HOME, not where we may not write.
func (s *session) ownFolder() bool {
	if s.ws.Broad(s.env) && !exists(s.ws.Dir()) {
		return false
	}
	return s.ws.Ensure() == nil
}

// runArgs are the words of the hidden command that a daemon is started with.
func (s *session) runArgs(svc registry.Service, flag int, onDemand bool) []string {
	args := []string{serveWord, svc.Name, "--root", s.ws.Root}
	if flag >= 0 {
		args = append(args, "--port", strconv.Itoa(flag))
	}
	if onDemand {
		args = append(args, "--on-demand")
	}
	if s.offline {
		args = append(args, "--offline")
	}
	return args
}

// environment is what a daemon gets: ours, with the models' folders as they are
// seen from here, since it runs in another folder.
func (s *session) environment() []string {
	env := os.Environ()
	for _, key := range []string{"EMBEDDING_MODEL", "AMALFA_RERANKER_MODEL"} {
		name := s.env.Getenv(key)
		dir := filepath.Join(s.env.Cwd, name)
		if _, known := models.Lookup(name); !known && name != "" && !filepath.IsAbs(name) && exists(dir) {
			env = append(env, key+"="+dir)
		}
	}
	return env
}

// prepare makes what a service needs on disk before it starts, and remembers
// the workspace for `stop-all --all`.
func (s *session) prepare(ctx context.Context, svc registry.Service) error {
	if svc.Scope == registry.Workspace {
		if err := s.writable(ctx); err != nil {
			return err
		}
	}
	path := filepath.Join(s.places.State, "workspaces", digestName(s.ws.Root))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(s.ws.Root), 0o600)
}

// workspaces lists the folders of this user that have started services.
func (s *session) workspaces() []string {
	roots := []string{s.ws.Root}
	files, _ := os.ReadDir(filepath.Join(s.places.State, "workspaces")) // none yet is none
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(s.places.State, "workspaces", f.Name()))
		root := strings.TrimSpace(string(text))
		if err == nil && filepath.IsAbs(root) && exists(root) && !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
	}
	return roots
}

// at returns the same session for another workspace.
func (s *session) at(root string) *session {
	other := *s
	other.ws = config.Workspace{Root: root}
	return &other
}

func digestName(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}
