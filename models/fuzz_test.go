package models

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// inside fails when a name from a hostile list would leave its folder.
func inside(t *testing.T, name string) {
	t.Helper()
	if filepath.Dir(filepath.Join("folder", name)) != "folder" || strings.ContainsAny(name, "\\:\x00") {
		t.Errorf("accepted %q", name)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"version":1,"model":"a/b","precision":"full","files":[{"name":"model.onnx","sha256":"` + strings.Repeat("0", 64) + `","size":1}]}`))
	f.Add([]byte(`{"version":1,"files":[{"name":"../x","sha256":"` + strings.Repeat("0", 64) + `"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseManifest(data)
		if err != nil {
			return
		}
		for _, e := range m.Files {
			inside(t, e.Name)
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseManifest(again); err != nil {
			t.Errorf("what was read cannot be read again: %v", err)
		}
	})
}

func FuzzAssets(f *testing.F) {
	sum := `{"SHA256":"` + strings.Repeat("a", 64) + `","Size":1}`
	f.Add([]byte(`{"OS":"linux","Files":[{"Name":"x.zst","Packed":` + sum + `,"Sum":` + sum + `}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := ParseAssets(data)
		if err != nil {
			return
		}
		for _, e := range a.Files {
			inside(t, e.Name)
		}
	})
}

func FuzzContentRange(f *testing.F) {
	for _, s := range []string{"bytes 5-9/10", "bytes 0-0/*", "bytes */10", "bytes 9-5/10", "bytes 0-18446744073709551615/1", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		first, last, total, err := parseContentRange(s)
		if err == nil && (first < 0 || last < first || total != -1 && total <= last) {
			t.Errorf("%q gave %d-%d/%d", s, first, last, total)
		}
	})
}

func FuzzPartState(f *testing.F) {
	f.Add([]byte(`{"url":"https://x","etag":"\"1\""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parsePartState(data)
		if err == nil && s.ETag != "" && !json.Valid(data) {
			t.Errorf("read %+v out of invalid JSON", s)
		}
	})
}

func FuzzSlug(f *testing.F) {
	f.Add("BAAI/bge-small-en-v1.5")
	f.Add("../../etc")
	f.Fuzz(func(t *testing.T, name string) {
		if s := slug(name); strings.ContainsAny(s, "/\\:\x00 ") || strings.HasPrefix(s, ".") {
			t.Errorf("slug(%q) = %q", name, s)
		}
	})
}
