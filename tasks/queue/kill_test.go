package queue

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"amalfa/edit"

	"go.uber.org/zap"
)

// victim is the variable that makes this test binary a worker on the folder it names.
const victim = "QUEUE_TEST_VICTIM"

// TestKilledAnywhere kills workers at random moments (SIGKILL where the system has it) until all tasks are done. Each must have one
// report, and the note that all of them write to must hold one line of each. QUEUE_KILLS is how many kills there are, 100 by default.
func TestKilledAnywhere(t *testing.T) {
	if ws := os.Getenv(victim); ws != "" {
		beVictim(t, ws)
		return
	}
	rounds, _ := strconv.Atoi(os.Getenv("QUEUE_KILLS"))
	if rounds == 0 {
		rounds = 100
	}
	ws := t.TempDir()
	agent := filepath.Join(ws, ".amalfa", "agent")
	if err := os.Mkdir(filepath.Dir(agent), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(ws, "log.md"), []byte("# Log\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	q, _, err := Make(agent, (&known{stamps: map[string]bool{}}).owns)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	added := 0
	kills := killRounds(t, ws, rounds, func() {
		if waiting, err := q.in(pending); err != nil || len(waiting) > 3 {
			return
		}
		for range 5 {
			added++
			drop(t, agent, fmt.Sprintf("t%04d.json", added), `{"type":"garden","autoApply":true}`)
		}
	})
	spawn(t, ws).Wait() // the last one ends by itself, when all is done
	holdsOnce(t, q, ws, added)
	t.Logf("%d kills, %d tasks", kills, added)
}

// killRounds starts a worker, lets it come to its work, and kills it a little later.
func killRounds(t *testing.T, ws string, rounds int, more func()) (kills int) {
	for range rounds {
		more()
		cmd := spawn(t, ws)
		<-time.After(time.Duration(rand.IntN(25_000)) * time.Microsecond)
		if err := cmd.Process.Kill(); err == nil {
			kills++
		}
		_ = cmd.Wait() // killed
	}
	return kills
}

func spawn(t *testing.T, ws string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestKilledAnywhere$", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), victim+"="+ws)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "at work" {
	}
	return cmd
}

// beVictim works until nothing is left to do. Each task adds its line to one note.
func beVictim(t *testing.T, ws string) {
	q, err := Open(filepath.Join(ws, ".amalfa", "agent"), func(string, bool) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	ctx, stop := context.WithCancel(t.Context())
	w := &Worker{Queue: q, Log: zap.NewNop(), Do: func(context.Context, Task) (Outcome, error) {
		before, err := os.ReadFile(filepath.Join(ws, "log.md"))
		if err != nil {
			return Outcome{}, err
		}
		id := q.running(t)
		after := append(append([]byte{}, before...), []byte("- "+id+"\n")...)
		return Outcome{Body: id, Patch: "p", Changes: []edit.FileChange{
			{From: "log.md", To: "log.md", Before: before, After: after},
			{To: "made/" + id + ".md", After: []byte(id)},
		}}, nil
	}, Apply: func(_ context.Context, key string, changes []edit.FileChange) error {
		e := editor(t, ws)
		return Apply(e, key, changes)
	}, Ended: func(Task, string, error) {
		if left, err := q.in(pending); err == nil && len(left) == 0 {
			stop()
		}
	}}
	fmt.Println("at work")
	if left, _ := q.List(); !strings.Contains(fmt.Sprint(left), Pending) && !strings.Contains(fmt.Sprint(left), Processing) {
		return
	}
	if err := w.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// running is the id of the task that is worked on.
func (q *Queue) running(t *testing.T) string {
	items, err := q.in(processing)
	if err != nil || len(items) != 1 {
		t.Fatalf("%v %v", items, err)
	}
	return items[0].ID
}

func holdsOnce(t *testing.T, q *Queue, ws string, added int) {
	t.Helper()
	items, err := q.List()
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != added {
		t.Errorf("%d tasks of %d", len(items), added)
	}
	text, err := os.ReadFile(filepath.Join(ws, "log.md"))
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, i := range items {
		_, ok := os.Stat(filepath.Join(ws, ".amalfa", "agent", completed, i.ID+reportSuffix))
		_, bad := os.Stat(filepath.Join(ws, ".amalfa", "agent", completed, i.ID+failedSuffix))
		if (ok == nil) == (bad == nil) {
			t.Errorf("%s has not one report: %v %v", i.ID, ok, bad)
		}
		lines := strings.Count(string(text), "- "+i.ID+"\n")
		_, made := os.Stat(filepath.Join(ws, "made", i.ID+".md"))
		switch {
		case i.State == Completed && (lines != 1 || made != nil):
			t.Errorf("%s: %d lines, note %v", i.ID, lines, made)
		case i.State == Failed:
			failed++
			report, _ := q.Read(i)
			if lines != 0 || made == nil || !strings.Contains(report, errRepeatedDeath.Error()) {
				t.Errorf("%s failed with %d lines, note %v:\n%s", i.ID, lines, made, report)
			}
		}
	}
	left, err := os.ReadDir(filepath.Join(ws, ".amalfa", "agent", processing))
	if err != nil || len(left) > 0 {
		t.Errorf("left in processing: %v %v", left, err)
	}
	t.Logf("%d tasks met three deaths", failed)
}
