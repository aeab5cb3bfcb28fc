package config

import (
	"os"
	"path/filepath"
	"testing"
)

// What no variable names is taken from where the workspace was last worked on, if that is a folder of this user alone.
func TestPlacesForWorkspace(t *testing.T) {
	home, xdg := t.TempDir(), t.TempDir()
	w, other := Workspace{Root: t.TempDir()}, Workspace{Root: t.TempDir()}
	find := func(vars map[string]string) Places {
		t.Helper()
		vars["HOME"] = home
		p, err := FindPlaces(Env{Getenv: func(k string) string { return vars[k] }, TempDir: t.TempDir(), UID: os.Getuid()})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	shell := find(map[string]string{"XDG_STATE_HOME": xdg, "XDG_CACHE_HOME": xdg + "/c"})
	if err := shell.Remember(w); err != nil {
		t.Fatal(err)
	}
	client := find(map[string]string{}).For(w)
	if client.State != shell.State || client.Cache != shell.Cache || client.Config != filepath.Join(home, ".config", "amalfa") {
		t.Errorf("client %+v, shell %+v", client, shell)
	}
	if p := find(map[string]string{}).For(other); p.State != filepath.Join(home, ".local", "state", "amalfa") {
		t.Errorf("another workspace: %+v", p)
	}
	own := find(map[string]string{"XDG_STATE_HOME": xdg + "/own"}).For(w)
	if own.State != xdg+"/own/amalfa" || own.Cache != shell.Cache || len(own.Others) != 2 {
		t.Errorf("a variable goes before: %+v", own)
	}
	apart := find(map[string]string{"AMALFA_STATE_DIR": xdg + "/apart"}).For(w)
	if apart.State != xdg+"/apart" || len(apart.States()) != 1 {
		t.Errorf("AMALFA_STATE_DIR is apart: %+v", apart)
	}
	path := client.rememberedPath(w.Root)
	for _, text := range []string{"", "{", `{"root":"/elsewhere","state":"` + xdg + `"}`, `{"root":"` + w.Root + `","state":"relative"}`, `{"root":"` + w.Root + `","state":"/"}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if p := find(map[string]string{}).For(w); p.State != filepath.Join(home, ".local", "state", "amalfa") && os.Getuid() != 0 {
			t.Errorf("%q: %+v", text, p)
		}
	}
}

func FuzzRememberedPlaces(f *testing.F) {
	f.Add([]byte(`{"root":"/w","state":"/tmp"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := Places{State: "/s", home: t.TempDir(), given: map[string]bool{}}
		if err := os.Chmod(p.home, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(p.home, "places"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p.rememberedPath("/w"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := p.For(Workspace{Root: "/w"}); !filepath.IsAbs(got.State) {
			t.Errorf("%q: %+v", data, got)
		}
	})
}
