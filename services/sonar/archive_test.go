package sonar

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"amalfa/llm"
	"amalfa/tasks/consent"
)

func archiveOf(t *testing.T, now *time.Time) *Archive {
	a := NewArchive(filepath.Join(t.TempDir(), "sessions", "x"), 30*24*time.Hour, 1<<20)
	a.now = func() time.Time { return *now }
	return a
}

func TestArchive(t *testing.T) {
	now := time.Now()
	a := archiveOf(t, &now)
	if l, err := a.List(); err != nil || len(l) != 0 {
		t.Errorf("%v %v", l, err)
	}
	for i, id := range []string{"a", "A", "a"} {
		if err := a.Add(Exchange{Session: id, At: now.Add(time.Duration(i) * time.Second), Question: fmt.Sprint("q", i), Answer: "r"}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := a.List()
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v %v", list, err)
	}
	if h := a.history("a", false); len(h) != 4 || h[2].Content != "q2" || h[3].Role != "assistant" {
		t.Errorf("%+v", h)
	}
	if h := a.history("a", true); h != nil {
		t.Errorf("what a model here answered is told to another one: %+v", h)
	}
	path := a.path("a", false)
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	// a crash cut the last line
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(`{"session":"a","question":"cut`)
	if err = errors.Join(err, f.Close(), a.Add(Exchange{Session: "a", At: now, Question: "after", Answer: "r"})); err != nil {
		t.Fatal(err)
	}
	if all, err := a.Show("a"); err != nil || len(all) != 3 {
		t.Errorf("%+v %v", all, err)
	}
	if err := a.Remove("a"); err != nil {
		t.Error(err)
	}
	if err := a.Remove("a"); !errors.Is(err, ErrNoSession) {
		t.Error(err)
	}
	if _, err := a.Show("../../A"); !errors.Is(err, ErrNoSession) {
		t.Error(err)
	}
	if n, err := a.RemoveAll(); n != 1 || err != nil {
		t.Errorf("%d %v", n, err)
	}
}

func TestArchiveIsBounded(t *testing.T) {
	now := time.Now()
	a := archiveOf(t, &now)
	long := strings.Repeat("x", 30<<10)
	for i := range 60 { // 3.6 MB of one session
		if err := a.Add(Exchange{Session: "long", At: now, Question: fmt.Sprint(i, long), Answer: long}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := a.Show("long")
	if info, _ := os.Stat(a.path("long", false)); err != nil || info.Size() > maxSessionFile+100<<10 || len(all) == 0 || !strings.HasPrefix(all[len(all)-1].Question, "59") {
		t.Errorf("%d exchanges, %d bytes, %v", len(all), info.Size(), err)
	}
	for i := range 30 {
		if err := a.Add(Exchange{Session: fmt.Sprint("s", i), At: now, Question: long, Answer: long}); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Prune(); err != nil {
		t.Fatal(err)
	}
	files, _ := a.files()
	total := int64(0)
	for _, f := range files {
		total += f.Size()
	}
	if total > a.MaxBytes || len(files) == 0 {
		t.Errorf("%d files, %d bytes", len(files), total)
	}
	now = now.Add(31 * 24 * time.Hour)
	if list, err := a.List(); err != nil || len(list) != 0 {
		t.Errorf("old ones are listed: %v %v", list, err)
	}
	if err := a.Prune(); err != nil {
		t.Fatal(err)
	}
	if files, _ := a.files(); len(files) != 0 {
		t.Errorf("%d files are left", len(files))
	}
}

// TestSessionsOutliveTheService asks two services one after the other over one archive, a third over another.
func TestSessionsOutliveTheService(t *testing.T) {
	dir := t.TempDir()
	u := newUpstream(t, saying("ok"))
	serve := func(dir string) *daemon {
		return start(t, Options{Config: u.config(llm.Ollama), Archive: NewArchive(dir, time.Hour, 1<<20), Consent: consent.Options{Root: dir}})
	}
	first := serve(dir)
	a, err := first.client.Chat(t.Context(), Question{Message: "remember the pier"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	second := serve(dir)
	if _, err := second.client.Chat(t.Context(), Question{Message: "what was it?", SessionID: a.SessionID}, nil); err != nil {
		t.Fatal(err)
	}
	bodies, _ := u.asked()
	if !strings.Contains(bodies[1], "remember the pier") {
		t.Errorf("not remembered: %s", bodies[1])
	}
	status, _, body := second.get("/chat/sessions")
	var list SessionList
	if err := json.Unmarshal([]byte(body), &list); err != nil || status != 200 || len(list.Sessions) != 1 || list.Sessions[0].Exchanges != 2 || list.Sessions[0].Question != "remember the pier" {
		t.Errorf("%d %s", status, body)
	}
	other := serve(filepath.Join(dir, "other"))
	if _, _, body := other.get("/chat/sessions/" + a.SessionID); !strings.Contains(body, `"not_found"`) {
		t.Errorf("another workspace has it: %s", body)
	}
	if err := second.client.RemoveSession(t.Context(), a.SessionID); err != nil {
		t.Fatal(err)
	}
	if _, err := second.client.Chat(t.Context(), Question{Message: "and now?", SessionID: a.SessionID}, nil); err != nil {
		t.Fatal(err)
	}
	if bodies, _ := u.asked(); strings.Contains(bodies[2], "remember the pier") {
		t.Errorf("a session that was removed is remembered: %s", bodies[2])
	}
}
