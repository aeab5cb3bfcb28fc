package setup

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"howett.net/plist"
)

func odd() Unit {
	return Unit{Exe: "/opt/my $tools/amalfa", Root: "/home/me/100% \"notes\"\n\\日本", Env: []string{"VECTOR_PORT=3999", "XDG_STATE_HOME=/a b/%h"}, Log: "/tmp/l"}
}

func TestSystemdUnit(t *testing.T) {
	text, err := odd().Systemd()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`ExecStart="/opt/my $tools/amalfa" "supervisor" "serve" "--root" "/home/me/100%% \"notes\"\x0a\\日本"` + "\n",
		`Environment="XDG_STATE_HOME=/a b/%%h"` + "\n", "WantedBy=default.target\n", "Restart=on-failure\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if n := strings.Count(string(text), "\n\n"); n != 2 {
		t.Errorf("%d sections\n%s", n+1, text)
	}
}

// TestSystemdTakesTheUnit asks systemd itself, where it is here.
func TestSystemdTakesTheUnit(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze")
	}
	u := odd()
	u.Exe = filepath.Join(t.TempDir(), "my $tools")
	if err := os.WriteFile(u.Exe, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	text, err := u.Systemd()
	path := filepath.Join(t.TempDir(), "amalfa-test.service")
	if err := errors.Join(err, os.WriteFile(path, text, 0o600)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	if out, err := exec.Command(analyze, "verify", "--user", path).CombinedOutput(); err != nil || strings.Contains(string(out), filepath.Base(path)) {
		t.Errorf("%v\n%s\n%s", err, out, text)
	}
}

func TestLaunchAgent(t *testing.T) {
	u := odd()
	u.Root = "/home/me/<notes> & 日本"
	text, err := u.Launchd()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Label            string
		ProgramArguments []string
		Environment      map[string]string `plist:"EnvironmentVariables"`
		RunAtLoad        bool
	}
	if _, err := plist.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Label != u.Name() || !got.RunAtLoad || !slices.Equal(got.ProgramArguments, u.args()) || got.Environment["XDG_STATE_HOME"] != "/a b/%h" {
		data, _ := json.Marshal(got)
		t.Errorf("%s", data)
	}
}

func TestUnitKeepsNoKey(t *testing.T) {
	got := UnitEnv([]string{"OPENROUTER_API_KEY=secret", "PATH=/bin", "VECTOR_PORT=1", "AMALFA_STATE_DIR=/s", "HF_TOKEN=secret"})
	if want := []string{"AMALFA_STATE_DIR=/s", "VECTOR_PORT=1"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestUnitNames(t *testing.T) {
	a, b := Unit{Root: "/a/my notes"}.Name(), Unit{Root: "/b/my notes"}.Name()
	if a == b || !strings.HasPrefix(a, "amalfa-my-notes-") || strings.Trim((Unit{Root: "/"}).Name(), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		t.Error(a, b, Unit{Root: "/"}.Name())
	}
}
