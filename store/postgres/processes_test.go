package postgres_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/testdata/pgserver"
)

// How many processes write, how many notes they write about, and how many of the processes are killed and begun again. AMALFA_SOAK is how
// long they do; a short form ends by itself.
const (
	manyWriters = 20
	sharedNotes = 40
	kills       = 6
)

// made is a note as one write makes it: all of it says which write that was.
func made(r *rand.Rand, id, write string) store.Put {
	texts := make([]string, 1+r.IntN(4))
	for i := range texts {
		texts[i] = fmt.Sprintf("%s as of %s, part %d", id, write, i)
	}
	p := storetest.Note(id, write, texts...)
	p.Note.Hash = "h:" + id + write
	p.File = store.File{ID: id, State: store.Indexed, Hash: p.Note.Hash, Chunks: len(texts)}
	for range 1 + r.IntN(3) {
		p.Edges = append(p.Edges, store.Edge{Target: sharedName(r.IntN(sharedNotes)), Type: "LINKS_TO", Weight: 1, Line: 1, Sentence: write})
	}
	return p
}

func sharedName(n int) string { return fmt.Sprintf("n%d.md", n) }

// writeForever is the process of a writer: batches of notes that others write, too, each told on standard output when it was accepted.
func writeForever(url, name string) {
	ctx := context.Background()
	s, err := postgres.Open(ctx, postgres.Options{URL: url, Workspace: "team", Machine: name, BusyTimeout: patience})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	n, _ := strconv.Atoi(strings.TrimPrefix(name, "w"))
	r := rand.New(rand.NewPCG(uint64(n), uint64(os.Getpid())))
	for round := 0; ; round++ {
		var b store.Batch
		for _, note := range r.Perm(sharedNotes)[:1+r.IntN(5)] {
			write := fmt.Sprintf("%s.%d.%d", name, os.Getpid(), round)
			b.Puts = append(b.Puts, made(rand.New(rand.NewPCG(uint64(note), uint64(round)*1000+uint64(n))), sharedName(note), write))
		}
		if err := s.Apply(ctx, b); err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println("accepted", len(b.Puts))
	}
}

// A crew is processes that write until they are killed.
type crew struct {
	t        *testing.T
	url      string
	mu       sync.Mutex
	accepted int
	failed   []string
	all      []*exec.Cmd
	running  sync.WaitGroup
}

func (c *crew) begin(n int) *exec.Cmd {
	exe, err := os.Executable()
	check(c.t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "AMALFA_WRITER="+c.url, fmt.Sprintf("AMALFA_WRITER_NAME=w%d", n))
	out, err := cmd.StdoutPipe()
	check(c.t, err)
	check(c.t, cmd.Start())
	c.running.Go(func() { c.read(out); _ = cmd.Wait() }) // it is killed
	return cmd
}

func (c *crew) read(out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		c.mu.Lock()
		if word == "accepted" {
			c.accepted++
		} else {
			c.failed = append(c.failed, rest)
		}
		c.mu.Unlock()
	}
}

// await waits until n more batches were accepted.
func (c *crew) await(n int) {
	c.t.Helper()
	count := func() int { c.mu.Lock(); defer c.mu.Unlock(); return c.accepted }
	from := count()
	for end := time.Now().Add(patience); count() < from+n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("%d of %d more batches were accepted; %q", count()-from, n, c.failed)
		}
	}
}

// Twenty processes write overlapping batches of the same notes and are killed at any point: what is there in the end is each note as one write
// made it, whole, and the same as if the last writes had been made one after another.
func TestTwentyProcesses(t *testing.T) {
	url := pgserver.Shared(t).Database(t)
	c := &crew{t: t, url: url}
	for n := range manyWriters {
		c.all = append(c.all, c.begin(n))
	}
	t.Cleanup(func() {
		for _, cmd := range c.all {
			_ = cmd.Process.Kill()
		}
	})
	c.await(2 * manyWriters)
	n := 0
	for began := time.Now(); n < kills || time.Since(began) < soak(t); n++ {
		check(t, c.all[n%manyWriters].Process.Kill())
		c.all[n%manyWriters] = c.begin(n % manyWriters)
		c.await(manyWriters / 2)
	}
	for _, cmd := range c.all {
		check(t, cmd.Process.Kill())
	}
	c.running.Wait()
	if len(c.failed) > 0 {
		t.Errorf("%d writes failed: %q", len(c.failed), c.failed[:min(len(c.failed), 3)])
	}
	s := openTeam(t, url)
	check(t, s.Check(t.Context()))
	serial := wholeNotes(t, s)
	t.Logf("%d batches accepted, %d processes killed, %d notes", c.accepted, n+manyWriters, len(serial))
	sameAsSerial(t, s, url, serial)
}

func soak(t *testing.T) time.Duration {
	text := os.Getenv("AMALFA_SOAK")
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	check(t, err)
	return d
}

// wholeNotes fails the test for each note parts of which are of different writes, and returns the writes that made them.
func wholeNotes(t *testing.T, s store.Store) (writes map[string]string) {
	t.Helper()
	writes = map[string]string{}
	notes, err := s.List(t.Context(), "", "", 0)
	check(t, err)
	files, err := s.Files(t.Context())
	check(t, err)
	for _, n := range notes {
		chunks, err := s.Chunks(t.Context(), n.ID)
		check(t, err)
		edges, err := s.Edges(t.Context(), n.ID, store.Out)
		check(t, err)
		for i, ch := range chunks {
			if ch.Text != fmt.Sprintf("%s as of %s, part %d", n.ID, n.Title, i) {
				t.Errorf("%s of %s has a part %q", n.ID, n.Title, ch.Text)
			}
		}
		torn := slices.ContainsFunc(edges, func(e store.Edge) bool { return e.Sentence != n.Title })
		if f := files[n.ID]; torn || f.Hash != n.Hash || n.Hash != "h:"+n.ID+n.Title || f.Chunks != len(chunks) || len(edges) == 0 {
			t.Errorf("%s of %s is torn: %+v %+v %+v", n.ID, n.Title, n, f, edges)
		}
		writes[n.ID] = n.Title
	}
	return writes
}

// sameAsSerial makes the notes anew, one after another, in a workspace of its own, and compares the exports.
func sameAsSerial(t *testing.T, s *postgres.Store, url string, writes map[string]string) {
	t.Helper()
	again, err := postgres.Open(t.Context(), postgres.Options{URL: url, Workspace: "serial", Machine: "here"})
	check(t, err)
	t.Cleanup(func() { again.Close() })
	for id, write := range writes {
		var name, pid, round, note int
		_, err := fmt.Sscanf(write, "w%d.%d.%d", &name, &pid, &round)
		check(t, err)
		_, err = fmt.Sscanf(id, "n%d.md", &note)
		check(t, err)
		check(t, again.Apply(t.Context(), store.Batch{Puts: []store.Put{made(rand.New(rand.NewPCG(uint64(note), uint64(round)*1000+uint64(name))), id, write)}}))
	}
	if d := cmp.Diff(linesOf(t, again), linesOf(t, s)); d != "" {
		t.Errorf("not as in a serial run: %s", d)
	}
}

// linesOf is an export without what one machine alone has seen of its files.
func linesOf(t *testing.T, s store.Store) []string {
	t.Helper()
	return strings.Split(strings.ReplaceAll(storetest.ExportOf(t, s), `,"size":10,"mtime":20,"chunks"`, `,"chunks"`), "\n")
}
