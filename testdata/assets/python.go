package assets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Python returns the python executable of a virtual environment that has the given pip packages, each with its
// exact version ("tokenizers==0.23.3"). Environments are kept in the cache, one per list of packages.
func Python(t testing.TB, pkgs ...string) string {
	t.Helper()
	pkgs = slices.Sorted(slices.Values(pkgs))
	key := sha256.Sum256([]byte(strings.Join(pkgs, "\n")))
	name := "python-" + hex.EncodeToString(key[:6])
	venv := filepath.Join(Dir(t), name)
	python := filepath.Join(venv, "bin", "python")
	if runtime.GOOS == "windows" {
		python = filepath.Join(venv, "Scripts", "python.exe")
	}
	ensure(t, name, func(ctx context.Context) error { return makeVenv(ctx, venv, python, pkgs) })
	return python
}

// makeVenv builds at the final path, since an environment cannot be moved; the mark written last says it is whole.
func makeVenv(ctx context.Context, venv, python string, pkgs []string) error {
	mark := filepath.Join(venv, "amalfa-complete")
	if _, err := os.Stat(mark); err == nil && exec.CommandContext(ctx, python, "-c", "").Run() == nil {
		return nil
	}
	base, err := exec.LookPath("python3")
	if err != nil {
		return errors.New("python3 is not installed")
	}
	if err := os.RemoveAll(venv); err != nil {
		return err
	}
	if err := run(ctx, base, "-m", "venv", venv); err != nil {
		return err
	}
	if len(pkgs) > 0 {
		args := append([]string{"-m", "pip", "install", "-q", "--no-input", "--disable-pip-version-check"}, pkgs...)
		if err := run(ctx, python, args...); err != nil {
			return err
		}
	}
	return os.WriteFile(mark, []byte(strings.Join(pkgs, "\n")+"\n"), 0o600)
}

// run starts a package client in a fresh empty folder: these programs obey files of the current one.
func run(ctx context.Context, name string, args ...string) error {
	dir, err := os.MkdirTemp("", "amalfa-test-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		text := strings.TrimSpace(string(out))
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, text[max(0, len(text)-1500):])
	}
	return nil
}
