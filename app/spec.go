package app

import (
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
func (w *Workspace) port(svc registry.Service, flag int) (portChoice, error) {
	if flag >= 0 {
		return portChoice{flag, true}, nil
	}
	if text := w.Env.Getenv(svc.PortVar); svc.PortVar != "" && text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 65535 {
			return portChoice{}, &UsageError{fmt.Sprintf("%s is not a port: %q", svc.PortVar, text), "use 1 to 65535, or 0 for any free port"}
		}
		return portChoice{n, true}, nil
	}
	if n, ok := w.Settings.Ports[svc.Name]; ok {
		return portChoice{n, true}, nil
	}
	return portChoice{port: svc.Port}, nil
}

// spec says how a service of this workspace or machine is run. The folders it writes to are made by prepare, not here.
func (w *Workspace) spec(svc registry.Service) daemon.Spec {
	sp := daemon.Spec{
		Service: svc, Record: w.Folder.Record(svc.Name), Log: w.Folder.Log(svc.Name),
		Exe: w.Exe, Dir: w.Folder.Root, Version: Version(), Workspace: w.Folder.Root,
	}
	if svc.Scope == registry.Machine {
		sp.NeedReady = true // without its model it answers nothing; sonar without a provider is as its settings say
		sp.Record, sp.Mirror, sp.Dir = w.machineRecord(svc), w.Folder.Record(svc.Name), w.Places.State
		if !w.ownFolder() {
			sp.Mirror, sp.Log = "", filepath.Join(w.Places.State, "logs", svc.Name+".log")
		}
	}
	if svc.Scope == registry.Workspace {
		sp.Fallback = w.Places.Record(config.Digest(w.Folder.Root) + "-" + svc.Name)
	}
	return sp
}

// machineRecord is the record of a machine service: in the state folder, unless one runs that was started with another environment.
func (w *Workspace) machineRecord(svc registry.Service) string {
	own := w.Places.Record(svc.Name)
	for _, state := range w.Places.States() {
		if path := config.StateRecord(state, svc.Name); daemon.Held(path) {
			return path
		}
	}
	return own
}

// ownFolder reports whether a machine service may leave its log and a copy of its record in the workspace: where the workspace has
// a folder of ours, which looking at services does not make, and we may write.
func (w *Workspace) ownFolder() bool {
	return daemon.Exists(w.Folder.Dir()) && w.Folder.Ensure() == nil
}

// runArgs are the words of the hidden command that a daemon is started with.
func (w *Workspace) runArgs(svc registry.Service, o StartOptions, at portChoice) []string {
	args := []string{ServeWord, svc.Name, "--root", w.Folder.Root, "--port", strconv.Itoa(at.port)}
	if !at.explicit {
		args = append(args, "--default-port")
	}
	if o.OnDemand {
		args = append(args, "--on-demand")
	}
	if w.Offline {
		args = append(args, "--offline")
	}
	return args
}

// environment is what a daemon gets: ours, with the models' folders as they are
// seen from here, since it runs in another folder.
func (w *Workspace) environment() []string {
	env := os.Environ()
	for _, key := range []string{"EMBEDDING_MODEL", "AMALFA_RERANKER_MODEL"} {
		name := w.Env.Getenv(key)
		dir := filepath.Join(w.Env.Cwd, name)
		if _, known := models.Lookup(name); !known && name != "" && !filepath.IsAbs(name) && daemon.Exists(dir) {
			env = append(env, key+"="+dir)
		}
	}
	return env
}

// prepare makes what a service needs on disk before it starts, and remembers the workspace for `stop-all --all`.
func (w *Workspace) prepare(svc registry.Service) error {
	if svc.Scope == registry.Workspace {
		if err := w.Writable(); err != nil {
			return err
		}
	}
	path := filepath.Join(w.Places.State, "workspaces", config.Digest(w.Folder.Root))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(w.Folder.Root), 0o600); err != nil {
		return err
	}
	return w.Places.Remember(w.Folder)
}

// workspaces lists the folders of this user that have started services.
func (w *Workspace) workspaces() []string {
	return slices.DeleteFunc(w.rootsIn("workspaces"), func(root string) bool { return root != w.Folder.Root && !daemon.Exists(root) })
}

// rootsIn lists this workspace and those that files of these folders, below the state folders, name.
func (w *Workspace) rootsIn(folders ...string) []string {
	roots := []string{w.Folder.Root}
	for _, folder := range folders {
		for _, state := range w.Places.States() {
			files, _ := os.ReadDir(filepath.Join(state, folder)) // none yet is none
			for _, f := range files {
				text, err := os.ReadFile(filepath.Join(state, folder, f.Name()))
				root := strings.TrimSpace(string(text))
				if err == nil && filepath.IsAbs(root) && !slices.Contains(roots, root) {
					roots = append(roots, root)
				}
			}
		}
	}
	return roots
}
