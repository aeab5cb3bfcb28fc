package models

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/models/pinned"
)

type entry struct {
	name, link string
	data       []byte
}

func tgz(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	w := tar.NewWriter(z)
	for _, e := range entries {
		head := &tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.data)), Typeflag: tar.TypeReg}
		if e.link != "" {
			head.Typeflag, head.Linkname = tar.TypeSymlink, e.link
		}
		if err := w.WriteHeader(head); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func zipped(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, e := range entries {
		w, err := z.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestExtract(t *testing.T) {
	const member = "ort/lib/libort.so.1"
	lib := body("library", 5000)
	good := entry{name: member, data: lib}
	cases := []struct {
		name, file string
		archive    []byte
		says       string // "" = extracted
	}{
		{"tar", "a.tgz", tgz(t, entry{name: "ort/README", data: []byte("x")}, good), ""},
		{"tar with ./", "a.tgz", tgz(t, entry{name: "./" + member, data: lib}), ""},
		{"zip", "a.zip", zipped(t, good), ""},
		{"a link of that name comes first", "a.tgz", tgz(t, entry{name: member, link: "/etc/passwd"}, good), ""},
		{"only a link of that name", "a.tgz", tgz(t, entry{name: member, link: "/etc/passwd"}), "does not hold"},
		{"climbs out", "a.tgz", tgz(t, entry{name: "../" + member, data: lib}, entry{name: "/" + member, data: lib}), "does not hold"},
		{"zip climbs out", "a.zip", zipped(t, entry{name: "../" + member, data: lib}), "does not hold"},
		{"other bytes", "a.tgz", tgz(t, entry{name: member, data: body("other", 5000)}), "checksum mismatch"},
		{"longer", "a.tgz", tgz(t, entry{name: member, data: append(bytes.Clone(lib), 0)}), "checksum mismatch"},
		{"shorter", "a.zip", zipped(t, entry{name: member, data: lib[:4999]}), "checksum mismatch"},
		{"bomb", "a.tgz", tgz(t, entry{name: member, data: make([]byte, 100<<20)}), "expected 5000 bytes, got more"},
		{"cut off", "a.tgz", tgz(t, good)[:2000], "unexpected EOF"},
		{"not an archive", "a.tgz", []byte("hello, world"), "unpack"},
		{"not a zip", "a.zip", []byte("hello, world"), "unpack"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path, dst := filepath.Join(dir, c.file), filepath.Join(dir, "out", "libort.so")
			write(t, path, c.archive)
			write(t, filepath.Join(dir, "out", "other"), nil)
			err := extract(path, member, dst, pinned.File{SHA256: sumOf(lib), Size: 5000})
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %q", err, c.says)
			}
			got, _ := os.ReadFile(dst)
			if c.says == "" && !bytes.Equal(got, lib) || c.says != "" && got != nil {
				t.Errorf("%d bytes at the final name", len(got))
			}
			if entries, _ := os.ReadDir(filepath.Dir(dst)); len(entries) > 2 || c.says != "" && len(entries) > 1 {
				t.Errorf("left over: %v", entries)
			}
		})
	}
}

// release serves one archive at the public address.
type releaseServer struct {
	data  []byte
	asked int
}

func (s *releaseServer) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked++
	rec := &recorder{header: http.Header{}, code: 200}
	if r.Header.Get("Authorization") != "" {
		rec.code = 400
	} else {
		rec.body.Write(s.data)
	}
	return &http.Response{StatusCode: rec.code, Status: http.StatusText(rec.code), Header: rec.header, Request: r,
		Body: nopCloser{&rec.body}, ContentLength: int64(rec.body.Len())}, nil
}

type recorder struct {
	header http.Header
	body   bytes.Buffer
	code   int
}

type nopCloser struct{ *bytes.Buffer }

func (nopCloser) Close() error { return nil }

func TestDownloadLibrary(t *testing.T) {
	lib := body("library", 5000)
	data := tgz(t, entry{name: "ort/lib/libort.so", data: lib})
	server := &releaseServer{data: data}
	l := testLocator(t, map[string]string{"HF_TOKEN": "hf_secret"})
	l.Client = &http.Client{Transport: server}
	row := Library{OS: "linux", Arch: "amd64", Version: "1", Name: "libort.so", Sum: pinned.File{SHA256: sumOf(lib)},
		archive: &archive{url: "https://releases.example/ort.tgz", member: "ort/lib/libort.so", File: pinned.File{SHA256: sumOf(data), Size: int64(len(data))}}}
	for range 2 {
		path, err := l.Download(t.Context(), row)
		if err != nil {
			t.Fatal(err)
		}
		if err := pinned.Check(path, row.Sum.SHA256); err != nil {
			t.Error(err)
		}
		if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
			t.Errorf("left over: %v", entries)
		}
	}
	if server.asked != 1 {
		t.Errorf("%d requests, want 1", server.asked)
	}
}
