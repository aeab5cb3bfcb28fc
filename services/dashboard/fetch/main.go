// Command fetch fills services/dashboard/assets/vendor with the parts of others that the page loads. `go generate ./...` runs it. They come
// through the machine's npm client, which knows the user's registry, and are used only under their pinned digests; no script of a package
// runs. A second run finds them in place and does nothing.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"amalfa/models/pinned"
	"amalfa/services/dashboard"
)

// folder is where the files go, seen from services/dashboard.
const folder = "assets/vendor"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "dashboard/fetch: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	// #nosec G301 -- a folder of the source, as git makes them
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, part := range dashboard.Parts() {
		if err := fetch(ctx, part); err != nil {
			return fmt.Errorf("%s %s: %w", part.Package, part.Version, err)
		}
	}
	return nil
}

// fetch takes the files of a package that are not there yet.
func fetch(ctx context.Context, part dashboard.Part) error {
	var missing []dashboard.PartFile
	for _, f := range part.Files {
		if pinned.Check(filepath.Join(folder, f.Name), f.SHA256) != nil {
			missing = append(missing, f)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	dir, err := os.MkdirTemp("", "amalfa-npm-*") // npm obeys files of the folder that it runs in: a fresh one, 0700
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is not installed")
	}
	// #nosec G204 -- of our own table
	cmd := exec.CommandContext(ctx, npm, "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", part.Package+"@"+part.Version)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm: %w", err)
	}
	for _, f := range missing {
		if err := take(filepath.Join(dir, "node_modules", part.Package, filepath.FromSlash(f.Member)), f); err != nil {
			return err
		}
	}
	return nil
}

func take(from string, f dashboard.PartFile) error {
	if err := pinned.Check(from, f.SHA256); err != nil {
		return err
	}
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	return pinned.Write(filepath.Join(folder, f.Name), pinned.File{SHA256: f.SHA256, Size: info.Size()}, 0o644, src)
}
