package models

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/models/pinned"
)

// TestMain lets a test start this binary again as a process that fetches the test model and no more.
func TestMain(m *testing.M) {
	if os.Getenv("AMALFA_TEST_FETCH") == "" {
		os.Exit(m.Run())
	}
	model, v, _ := testModel()
	l := &Locator{CacheDir: os.Getenv("AMALFA_TEST_FETCH"), Getenv: os.Getenv}
	if _, err := l.fetchModel(context.Background(), model, v); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// fetcher is such a process; it is not started yet.
func fetcher(t *testing.T, h *testHub, cache string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = []string{"AMALFA_TEST_FETCH=" + cache, "HF_ENDPOINT=" + h.URL, "TMPDIR=" + t.TempDir()}
	cmd.Stderr = os.Stderr
	return cmd
}

func TestKilledFetchIsResumed(t *testing.T) {
	m, v, data := testModel()
	for _, cut := range []int{1, testSize / 2, testSize - 1} {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			h := newHub(t, data)
			h.behave[testPath] = func(w http.ResponseWriter, r *http.Request, n int) {
				if n > 1 {
					h.serve(w, r, testPath)
					return
				}
				w.Header().Set("ETag", `"`+sumOf(data[testPath])[:16]+`"`)
				w.Header().Set("Content-Length", fmt.Sprint(testSize))
				w.Write(data[testPath][:cut])
				hang(w, r)
			}
			l := h.locator(t, nil)
			cmd := fetcher(t, h, l.CacheDir)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			part := filepath.Join(l.CacheDir, folder(m, v), modelFile+".part")
			await(t, "the part", func() bool { info, err := os.Stat(part); return err == nil && info.Size() == int64(cut) })
			cmd.Process.Kill() // SIGKILL
			cmd.Wait()
			nothing(t, l, m, v)
			if out, err := fetcher(t, h, l.CacheDir).Output(); err != nil {
				t.Fatalf("second process: %v %s", err, out)
			}
			whole(t, l, m, v, data)
			if diff := cmp.Diff([]string{"GET", fmt.Sprintf("GET bytes=%d-", cut)}, h.asked(testPath)); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestManyProcessesFetchOnce(t *testing.T) {
	m, v, data := testModel()
	h := newHub(t, data)
	l := h.locator(t, nil)
	var cmds []*exec.Cmd
	for range 5 {
		cmd := fetcher(t, h, l.CacheDir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		cmds = append(cmds, cmd)
	}
	for _, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	whole(t, l, m, v, data)
	if diff := cmp.Diff([]string{"GET"}, h.asked(testPath)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestRotIsFoundOnTheNextLoad(t *testing.T) {
	m, v, data := testModel()
	h := newHub(t, data)
	l := h.locator(t, nil)
	files, err := l.fetchModel(context.Background(), m, v)
	if err != nil {
		t.Fatal(err)
	}
	rot(t, files.ModelPath)

	dir := filepath.Join(l.CacheDir, folder(m, v))
	if _, err := verifyFolder(m, v, dir); !errors.Is(err, pinned.ErrMismatch) {
		t.Errorf("verify: %v, want a mismatch", err)
	}
	var missing *MissingError
	if _, err := l.findNamed(m, Full); !errors.As(err, &missing) || !errors.Is(err, pinned.ErrMismatch) {
		t.Errorf("find: %v, want a missing model because of a mismatch", err)
	}
	again, err := l.fetchModel(context.Background(), m, v)
	if err != nil || again.Digest != files.Digest {
		t.Fatalf("fetched again: %v", err)
	}
	whole(t, l, m, v, data)
	if diff := cmp.Diff([]string{"GET"}, h.asked(tokenizerFile)); diff != "" {
		t.Errorf("the good file was fetched again: %s", diff)
	}
}

// rot flips one bit of a file and leaves size and times as they were.
func rot(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before := bytes.Clone(data)
	data[len(data)/3] ^= 0x10
	if bytes.Equal(before, data) {
		t.Fatal("nothing flipped")
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, info.ModTime()); err != nil {
		t.Fatal(err)
	}
}
