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
	"strconv"
	"strings"
	"testing"
)

// Node that the packages of tests need, and the package that holds it where the machine's own is older or missing.
const (
	leastNode = 22
	nodeOwn   = "22.23.3"
)

// NPM returns the node executable and the node_modules folder of an installation that has the given packages, each with its
// exact version ("mcp-proxy@6.7.19"). Installations are kept in the cache, one per list of packages. Scripts of packages do
// not run.
func NPM(t testing.TB, pkgs ...string) (node, modules string) {
	t.Helper()
	node, err := machineNode()
	if err != nil {
		pkgs = append(pkgs, "node-"+nodePlatform()+"@"+nodeOwn)
	}
	pkgs = slices.Sorted(slices.Values(pkgs))
	key := sha256.Sum256([]byte(strings.Join(pkgs, "\n")))
	name := "npm-" + hex.EncodeToString(key[:6])
	dir := filepath.Join(Dir(t), name)
	ensure(t, name, func(ctx context.Context) error { return install(ctx, dir, pkgs) })
	modules = filepath.Join(dir, "node_modules")
	if node == "" {
		node = filepath.Join(modules, "node-"+nodePlatform(), "bin", "node")
	}
	return node, modules
}

func nodePlatform() string {
	return runtime.GOOS + "-" + strings.Replace(runtime.GOARCH, "amd64", "x64", 1)
}

// machineNode is the one on PATH, if it is new enough.
func machineNode() (string, error) {
	path, err := exec.LookPath("node")
	if err != nil {
		return "", err
	}
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return "", err
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(out)), "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < leastNode {
		return "", fmt.Errorf("node %s is older than %d", out, leastNode)
	}
	return path, nil
}

// install works at the final path; the mark written last says that it is whole.
func install(ctx context.Context, dir string, pkgs []string) error {
	mark := filepath.Join(dir, "amalfa-complete")
	if _, err := os.Stat(mark); err == nil {
		return nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is not installed")
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return err
	}
	args := append([]string{"install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"}, pkgs...)
	if err := run(ctx, npm, args...); err != nil {
		return err
	}
	return os.WriteFile(mark, []byte(strings.Join(pkgs, "\n")+"\n"), 0o600)
}
