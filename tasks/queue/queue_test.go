package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"amalfa/edit"
	"amalfa/notes/files"

	"go.uber.org/zap"
)

// known is an owner with a state folder of its own.
type known struct {
	mu     sync.Mutex
	stamps map[string]bool
}

func (k *known) owns(stamp string, created bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if created {
		k.stamps[stamp] = true
	}
	if !k.stamps[stamp] {
		return errors.New("not known")
	}
	return nil
}

func open(t testing.TB) (*Queue, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "agent")
	q, _, err := Make(dir, (&known{stamps: map[string]bool{}}).owns)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	return q, dir
}

// work runs a worker until every task has ended.
func work(t *testing.T, q *Queue, w *Worker) {
	t.Helper()
	stop := start(t, q, w)
	defer stop()
	until(t, func() bool {
		items, err := q.List()
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range items {
			if i.Report == "" || i.State != Completed && i.State != Failed {
				return false
			}
		}
		return len(items) > 0
	})
}

func start(t *testing.T, q *Queue, w *Worker) (stop func()) {
	t.Helper()
	w.Queue = q
	if w.Log == nil {
		w.Log = zap.NewNop()
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// until waits for what another goroutine does with files, which tells nobody.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(end) {
			t.Fatal("waited a minute")
		}
		<-time.After(5 * time.Millisecond)
	}
}

func drop(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, pending, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func states(t *testing.T, q *Queue) map[string]string {
	t.Helper()
	items, err := q.List()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, i := range items {
		out[i.ID] = i.State
	}
	return out
}

func done(context.Context, Task) (Outcome, error) {
	return Outcome{Routing: "nobody", Body: "All is well."}, nil
}

func TestEveryFileComesToAnEnd(t *testing.T) {
	q, dir := open(t)
	drop(t, dir, "good.json", `{"type":"synthesis","unknown":[1,{"a":2}],"limit":3}`)
	drop(t, dir, "bom.json", "\ufeff"+`{"type":"timeline"}`)
	drop(t, dir, "garbage.json", "\x00\x01 not JSON")
	drop(t, dir, "empty.json", "")
	drop(t, dir, "list.json", `[{"type":"synthesis"}]`)
	drop(t, dir, "null.json", "null")
	drop(t, dir, "unknown.json", `{"type":"delete_everything"}`)
	drop(t, dir, "wrong.json", `{"type":"synthesis","limit":"ten"}`)
	drop(t, dir, "needs.json", `{"type":"research"}`)
	drop(t, dir, "huge.json", `{"type":"chat","message":"`+strings.Repeat("x", maxFile)+`"}`)
	drop(t, dir, "odd name\t$(x).json", `{"type":"synthesis"}`)
	drop(t, dir, strings.Repeat("ü", 110)+".json", `{"type":"synthesis"}`)
	drop(t, dir, "ignored.txt", `{"type":"synthesis"}`)
	work(t, q, &Worker{Do: done})
	have := states(t, q)
	for id, want := range map[string]string{
		"good": Completed, "bom": Completed, "garbage": Failed, "empty": Failed, "list": Failed, "null": Failed, "unknown": Failed, "wrong": Failed,
		"needs": Failed, "huge": Failed, "odd-name---x-": Completed, strings.Repeat("ü", 50): Completed,
	} {
		if have[id] != want {
			t.Errorf("%.20s is %q, want %s", id, have[id], want)
		}
		delete(have, id)
	}
	if len(have) > 0 {
		t.Errorf("more tasks than files: %v", have)
	}
	i, err := q.Get("wrong")
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := q.Read(i); !strings.Contains(text, "**Failed:** not a task: limit cannot be a string") {
		t.Errorf("the failure does not say why: %s", text)
	}
}

func TestReport(t *testing.T) {
	q, dir := open(t)
	drop(t, dir, "a.json", `{"type":"garden"}`)
	work(t, q, &Worker{Do: func(context.Context, Task) (Outcome, error) {
		return Outcome{Routing: "m by openai\nat home", Body: "Text.\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n", Patch: "diff --git a/n.md b/n.md\n```` fence\n"}, nil
	}})
	i, err := q.Get("a")
	if err != nil {
		t.Fatal(err)
	}
	text, err := q.Read(i)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# Task Report: garden\n", "> **Routing:** m by openai at home\n", "\n\\diff --git a/x", "\n\\--- a/x", "\n\\+++ b/x", "\n\\@@", "\n`````diff\n", "**Duration:** 0.0 s\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

func TestForeignFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "agent")
	theirs := known{stamps: map[string]bool{}}
	q, _, err := Make(dir, theirs.owns)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Add(Task{Type: Synthesis}); err != nil {
		t.Fatal(err)
	}
	q.Close()
	ours := known{stamps: map[string]bool{}}
	if _, err := Open(dir, ours.owns); !errors.Is(err, ErrForeign) {
		t.Errorf("a stranger's folder opens: %v", err)
	}
	q, aside, err := Make(dir, ours.owns)
	if err != nil || aside == "" {
		t.Fatalf("set aside %q, %v", aside, err)
	}
	defer q.Close()
	if have := states(t, q); len(have) > 0 {
		t.Errorf("a stranger's tasks count: %v", have)
	}
	if _, err := os.Stat(filepath.Join(aside, pending)); err != nil {
		t.Error("what was set aside is gone:", err)
	}
}

func TestFoldersThatAreLinks(t *testing.T) {
	if err := os.Symlink("x", filepath.Join(t.TempDir(), "l")); err != nil {
		t.Skip("no links here:", err)
	}
	q, dir := open(t)
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "t.json"), []byte(`{"type":"synthesis"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "t.json"), filepath.Join(dir, pending, "link.json")); err != nil {
		t.Fatal(err)
	}
	if have := states(t, q); len(have) > 0 {
		t.Errorf("a link counts as a task: %v", have)
	}
	if err := os.RemoveAll(filepath.Join(dir, completed)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, completed)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, func(string, bool) error { return nil }); err == nil {
		t.Error("a folder that is a link opens")
	}
}

func TestCancelAndRetry(t *testing.T) {
	q, _ := open(t)
	id, err := q.Add(Task{Type: Chat, Message: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	began := make(chan struct{})
	w := &Worker{Do: func(ctx context.Context, _ Task) (Outcome, error) {
		close(began)
		<-ctx.Done()
		return Outcome{}, ctx.Err()
	}}
	stop := start(t, q, w)
	<-began
	i, err := q.Get(id)
	if err != nil || i.State != Processing {
		t.Fatalf("%+v %v", i, err)
	}
	if err := q.Cancel(i); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { i, err = q.Get(id); return err == nil && i.State == Failed && i.Report != "" })
	stop()
	if err := q.Cancel(i); !errors.Is(err, ErrState) {
		t.Errorf("a task that has ended is cancelled: %v", err)
	}
	if err := q.Retry(i); err != nil {
		t.Fatal(err)
	}
	if i, _ = q.Get(id); i.State != Pending {
		t.Fatalf("after retry: %+v", i)
	}
	if err := q.Cancel(i); err != nil {
		t.Fatal(err)
	}
	if i, _ = q.Get(id); i.State != Failed {
		t.Fatalf("after cancel: %+v", i)
	}
	if text, _ := q.Read(i); !strings.Contains(text, "**Failed:** cancelled") {
		t.Error(text)
	}
}

func TestStopGivesBack(t *testing.T) {
	q, _ := open(t)
	id, err := q.Add(Task{Type: Synthesis})
	if err != nil {
		t.Fatal(err)
	}
	began := make(chan struct{})
	stop := start(t, q, &Worker{Do: func(ctx context.Context, _ Task) (Outcome, error) {
		close(began)
		<-ctx.Done()
		return Outcome{}, ctx.Err()
	}})
	<-began
	stop()
	if i, err := q.Get(id); err != nil || i.State != Pending {
		t.Fatalf("%+v %v", i, err)
	}
	work(t, q, &Worker{Do: done})
	if i, _ := q.Get(id); i.State != Completed {
		t.Errorf("%+v", i)
	}
}

func TestTimeLimitAndPanic(t *testing.T) {
	q, dir := open(t)
	drop(t, dir, "slow.json", `{"type":"synthesis"}`)
	drop(t, dir, "panics.json", `{"type":"timeline"}`)
	work(t, q, &Worker{Limit: func(Task) time.Duration { return 20 * time.Millisecond }, Do: func(ctx context.Context, task Task) (Outcome, error) {
		if task.Type == Timeline {
			panic("a fault")
		}
		<-ctx.Done()
		return Outcome{}, ctx.Err()
	}})
	for id, want := range map[string]string{"slow": "it took too long: more than 20ms", "panics": "amalfa has a fault"} {
		i, err := q.Get(id)
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := q.Read(i); i.State != Failed || !strings.Contains(text, want) {
			t.Errorf("%s: %s", id, text)
		}
	}
}

// Two workers in one folder: each task is done once.
func TestTwoWorkers(t *testing.T) {
	q, dir := open(t)
	again, err := Open(dir, func(string, bool) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	const tasks = 50
	for i := range tasks {
		drop(t, dir, fmt.Sprintf("t%d.json", i), `{"type":"synthesis"}`)
	}
	var ran atomic.Int32
	do := func(context.Context, Task) (Outcome, error) { ran.Add(1); return Outcome{}, nil }
	other := &Worker{Do: do}
	stop := start(t, again, other)
	work(t, q, &Worker{Do: do})
	stop()
	if ran.Load() != tasks {
		t.Errorf("%d runs of %d tasks", ran.Load(), tasks)
	}
}

// A name that comes again gets an id of its own: the reports of both stay.
func TestSameNameAgain(t *testing.T) {
	q, dir := open(t)
	for range 3 {
		drop(t, dir, "daily.json", `{"type":"timeline"}`)
		work(t, q, &Worker{Do: done})
	}
	have := states(t, q)
	for _, id := range []string{"daily", "daily-2", "daily-3"} {
		if have[id] != Completed {
			t.Errorf("%s is %q of %v", id, have[id], have)
		}
	}
}

// A file that is being written is waited for.
func TestHalfWritten(t *testing.T) {
	q, dir := open(t)
	stop := start(t, q, &Worker{Do: done})
	defer stop()
	f, err := os.OpenFile(filepath.Join(dir, pending, "slow.json"), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(`{"type":`); err != nil {
		t.Fatal(err)
	}
	<-time.After(50 * time.Millisecond) // as slow writers are
	if _, err := f.WriteString(`"synthesis"}`); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { i, err := q.Get("slow"); return err == nil && i.Report != "" })
	if i, _ := q.Get("slow"); i.State != Completed {
		t.Errorf("%+v", i)
	}
}

func TestApplyOnce(t *testing.T) {
	ws := t.TempDir()
	own := filepath.Join(ws, ".amalfa")
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	e := editor(t, ws)
	if err := os.WriteFile(filepath.Join(ws, "a.md"), []byte("a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	changes := []edit.FileChange{{From: "a.md", To: "a.md", Before: []byte("a\n"), After: []byte("a\nb\n")}, {To: "new/c.md", After: []byte("c\n")}}
	for range 2 {
		if err := Apply(e, "sonar task 1", changes); err != nil {
			t.Fatal(err)
		}
	}
	// as a process leaves it that was killed between the two files
	if err := os.Remove(filepath.Join(ws, "new", "c.md")); err != nil {
		t.Fatal(err)
	}
	if err := Apply(e, "sonar task 1", changes); err != nil {
		t.Fatal(err)
	}
	entries, _, err := e.Journal.List(time.Now())
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	if err := e.Undo(entries[0]); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(filepath.Join(ws, "a.md")); string(data) != "a\n" {
		t.Errorf("after undo: %q", data)
	}
}

func editor(t testing.TB, ws string) *edit.Editor {
	t.Helper()
	folder, err := files.Open(ws)
	if err != nil {
		t.Fatal(err)
	}
	journal, err := edit.OpenJournal(filepath.Join(ws, ".amalfa"), [][]byte{[]byte("key")})
	if err != nil {
		t.Fatal(err)
	}
	e := &edit.Editor{Folder: folder, Journal: journal, Now: time.Now}
	t.Cleanup(func() { e.Close() })
	return e
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"type":"chat","message":"x"}`, `{}`, `[]`, "null", "", `{"type":"research","query":"q","limit":1e9}`, `{"limit":-1}`, "\ufeff{}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		task, err := Parse(data)
		if err == nil && task.Check() != nil || err != nil && !errors.Is(err, ErrTask) {
			t.Errorf("%+v %v", task, err)
		}
	})
}
