//go:build amalfa_full

package models

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/models/pinned"
)

// A full build has all it needs without network, caches or a HOME.
func TestFullBuildNeedsNothing(t *testing.T) {
	l := testLocator(t, nil)
	l.CacheDir = ""
	l.Client = &http.Client{Transport: noNetwork{t}}
	tmp := l.Getenv("TMPDIR")
	for _, precision := range []string{Full, Int8} {
		f, err := l.Model(t.Context(), DefaultName, precision)
		if err != nil {
			t.Fatal(err)
		}
		pins, err := f.Model.Pins(precision)
		if err != nil {
			t.Fatal(err)
		}
		for i, path := range []string{f.ModelPath, f.TokenizerPath} {
			if err := pinned.Check(path, pins[i].SHA256); err != nil || !strings.HasPrefix(path, filepath.Join(tmp, "amalfa-")) {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	lib, err := l.Runtime(t.Context())
	if err != nil || !strings.HasPrefix(lib, tmp) {
		t.Errorf("%s, %v", lib, err)
	}
	var notice bytes.Buffer
	if ok, err := WriteNotice(&notice); !ok || err != nil || !strings.Contains(notice.String(), "Microsoft Corporation") || !strings.Contains(notice.String(), "staoxiao") {
		t.Errorf("%v, %v: %d bytes of licence notices", ok, err, notice.Len())
	}
	if s := l.List()[0]; !s.Embedded || s.Path == "" {
		t.Errorf("%+v", s)
	}
}

func BenchmarkExpandModel(b *testing.B) {
	for b.Loop() {
		dir, list, _ := embedded()
		l := &Locator{CacheDir: b.TempDir()}
		m, _ := Lookup(DefaultName)
		v, _ := m.variant(Full)
		if _, ok, err := l.expandModel(dir, list, m, v); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkExpandRuntime(b *testing.B) {
	for b.Loop() {
		l := &Locator{CacheDir: b.TempDir(), Offline: true}
		if _, err := l.Runtime(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyModel(b *testing.B) {
	l := &Locator{CacheDir: b.TempDir()}
	for b.Loop() {
		if _, err := l.Find(DefaultName, Full); err != nil {
			b.Fatal(err)
		}
	}
}
