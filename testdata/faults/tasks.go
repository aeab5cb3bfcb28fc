//go:build unix

package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// modelTakes is how long the model of these rows thinks about one note, so that some kills fall into its thinking.
const modelTakes = 20 * time.Millisecond

// describes is a model that has words for every note.
func describes(w http.ResponseWriter, req *http.Request) {
	select {
	case <-time.After(modelTakes):
	case <-req.Context().Done():
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"model":"m","choices":[{"message":{"role":"assistant","content":"{\"keywords\":[\"salt\",\"keel\"],\"summary\":\"It is about a boat.\"}"},"finish_reason":"stop"}]}`)
}

// datedNote is one that a task can date and describe.
func datedNote(i int) string {
	return fmt.Sprintf("# Boat %d\n\nShe was launched on %d March 2024, and number%dx is painted on her bow.\n", i, i%28+1, i)
}

// notesPerTask is how many notes one task changes.
const notesPerTask = 2

// killedTasks kills Sonar again and again while it works on tasks that change notes. Each task has one report in the end, what it says it
// changed is changed once, and undoing all of it gives every byte back.
func killedTasks(r *R) {
	rounds := r.rounds(4, 100)
	w, p := r.world(), r.provider(describes)
	w.env["OPENAI_BASE_URL"] = p.url
	before := map[string][]byte{}
	for i := range notesPerTask * (rounds + 2) {
		name := fmt.Sprintf("n%d.md", i)
		before[name] = []byte(datedNote(i))
		w.note(name, datedNote(i))
	}
	w.must("init", "--quiet")
	ids := w.addTasks()
	w.start("sonar")
	from := time.Now()
	if err := w.tasksEnd(); err != nil {
		r.Fatal(err)
	}
	whole := time.Since(from)
	w.must("sonar", "stop")
	atWork := 0
	for i := range rounds {
		ids = append(ids, w.addTasks()...)
		r.try(fmt.Sprintf("kill %d", i), func() error { return w.killAtTasks(whole, &atWork) })
	}
	r.try("the end", func() error {
		w.start("sonar")
		if err := w.tasksEnd(); err != nil {
			return err
		}
		w.must("sonar", "stop")
		return w.onceEach(ids, before)
	})
	if r.Full && atWork < rounds/10 {
		r.Errorf("only %d of %d kills came while a task was in hand", atWork, rounds)
	}
	r.figure("%d tasks, %d of %d kills with one in hand", len(ids), atWork, rounds)
}

// addTasks adds one task that finds dates, and one that the model describes notes for; both change notes.
func (w *world) addTasks() (ids []string) {
	w.Helper()
	for _, kind := range []string{"timeline", "enhance_batch"} {
		s := w.must("sonar", "task", "add", kind, "--apply", "--no-notify", "--limit", fmt.Sprint(notesPerTask), "--json")
		for _, t := range w.tasks(s.out) {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

type taskRow struct{ ID, Type, State, Report string }

func (w *world) tasks(out string) []taskRow {
	w.Helper()
	var list struct{ Tasks []taskRow }
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		w.Fatalf("no tasks: %v: %s", err, out)
	}
	return list.Tasks
}

// tasksEnd waits until none waits and none is worked on.
func (w *world) tasksEnd() error {
	w.Helper()
	_, err := eventually(patience, func() error {
		for _, t := range w.tasks(w.must("sonar", "task", "list", "--json").out) {
			if t.State != "completed" && t.State != "failed" {
				return fmt.Errorf("%s is %s", t.ID, t.State)
			}
		}
		return nil
	})
	return err
}

// killAtTasks starts the service and kills it within the time that its tasks take.
func (w *world) killAtTasks(whole time.Duration, atWork *int) error {
	st := w.start("sonar")
	<-time.After(w.some(whole))
	w.kill(st.PID, syscall.SIGKILL)
	if _, err := gone(st.PID, patience); err != nil {
		return err
	}
	if left, err := os.ReadDir(w.path(".amalfa/agent/tasks/processing")); err == nil && len(left) > 0 {
		*atWork++
	}
	return nil
}

// onceEach holds reports, notes and journal against each other.
func (w *world) onceEach(ids []string, before map[string][]byte) error {
	listed := map[string]taskRow{}
	for _, t := range w.tasks(w.must("sonar", "task", "list", "--json").out) {
		listed[t.ID] = t
	}
	if len(listed) != len(ids) {
		return fmt.Errorf("%d tasks of %d are listed", len(listed), len(ids))
	}
	changed := map[string]int{} // by type and note, as the reports say
	changing := 0
	for _, id := range ids {
		n, err := w.oneReport(listed[id], changed)
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		changing += n
	}
	if left, err := os.ReadDir(w.path(".amalfa/agent/tasks/processing")); err != nil || len(left) > 0 {
		return fmt.Errorf("left in processing: %v %v", left, err)
	}
	for name := range before {
		data, err := os.ReadFile(w.path(name))
		if err != nil {
			return err
		}
		for kind, field := range map[string]string{"timeline": "date", "enhance_batch": "summary"} {
			if have, want := bytes.Count(data, []byte("\n"+field+":")), changed[kind+" "+name]; have != want || have > 1 {
				return fmt.Errorf("%s has %d of %s, and reports of %s say %d:\n%s", name, have, field, kind, want, data)
			}
		}
	}
	return w.undoAll(changing, before)
}

// oneReport reads a task's one report, adds the notes that it changed, and returns whether there are any, 0 or 1.
func (w *world) oneReport(t taskRow, changed map[string]int) (int, error) {
	done := w.path(".amalfa/agent/tasks/completed")
	reports, err := filepath.Glob(filepath.Join(done, t.ID+"-*.md"))
	if err != nil || len(reports) != 1 || !exists(filepath.Join(done, t.ID+".json")) {
		return 0, fmt.Errorf("reports %v %v", reports, err)
	}
	data, err := os.ReadFile(reports[0])
	if err != nil {
		return 0, err
	}
	if t.State == "failed" {
		if !bytes.Contains(data, []byte("ended 3 times in the middle")) {
			return 0, fmt.Errorf("failed: %s", data)
		}
		return 0, nil
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "+++ b/"); ok {
			changed[t.Type+" "+name]++
			n = 1
		}
	}
	return n, nil
}

// undoAll takes back what so many tasks changed.
func (w *world) undoAll(edits int, before map[string][]byte) error {
	var list struct{ Edits []struct{ What string } }
	s := w.must("undo", "--list", "--json")
	if err := json.Unmarshal([]byte(s.out), &list); err != nil || len(list.Edits) != edits {
		return fmt.Errorf("%d edits can be undone, and %d tasks changed notes: %v %v", len(list.Edits), edits, err, s)
	}
	w.must("undo", fmt.Sprint(edits))
	for name, want := range before {
		if have, err := os.ReadFile(w.path(name)); err != nil || !bytes.Equal(have, want) {
			return fmt.Errorf("%s is not what it was: %v\n%s", name, err, have)
		}
	}
	return nil
}

func taskRows() []row {
	return []row{{"X7", "kill -9 of Sonar at work on tasks that change notes", false, killedTasks}}
}
