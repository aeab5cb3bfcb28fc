//go:build unix

package faults

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options say what is broken and how often.
type Options struct {
	Bin    string                 // the program as it is released
	Plain  func() (string, error) // builds the program that carries neither runtime nor models
	Cache  string                 // AMALFA_CACHE_DIR: runtime and models, unpacked once for all rows
	Models string                 // folder with the small models of testdata
	Source string                 // the repository
	Full   bool                   // the full counts of a soak instead of a few rounds
	Soak   time.Duration          // length of the mixed load; 0 leaves it out
	Seed   uint64                 // of all random moments and places
}

// A row is one fault or threat.
type row struct {
	id, what string
	// alone marks what measures times or loads the machine: it runs while nothing else does.
	alone bool
	run   func(*R)
}

// An R is a run of a row. It is a test that counts.
type R struct {
	*testing.T
	Options
	random *rand.Rand

	mu              sync.Mutex
	tried, survived int
	lost            int      // notes that were on disk and that the index did not find again
	accounted       bool     // whether notes were counted at all
	figures         []string // measured in this run
	left            []string // parts that were not tried, with the reason
	skipped         string   // why the whole row was not tried
	took            time.Duration
	foreign         string // the folder of an index of other notes, once one was needed
}

// Test runs all rows and prints the table, to w and to the test's log where it failed.
func Test(t *testing.T, o Options, w io.Writer) {
	all := rows()
	complete(t, all)
	runs := make([]*R, len(all))
	from := time.Now()
	t.Run("rows", func(t *testing.T) {
		run := func(i int) {
			t.Run(all[i].id, func(t *testing.T) {
				runs[i] = &R{T: t, Options: o, random: rand.New(rand.NewPCG(o.Seed, uint64(i)))}
				runs[i].measure(all[i])
			})
		}
		var together []int
		for i, row := range all {
			if row.alone {
				run(i)
			} else {
				together = append(together, i)
			}
		}
		sideBySide(together, run)
	})
	fmt.Fprint(w, table(all, runs, time.Since(from), o.Seed))
}

// atOnce is how many rows run at the same time for each processor: most of what they do is to wait, for a restart's back-off, for quiet
// time, for a disk.
const atOnce = 2

// sideBySide runs rows, several at a time. They are no parallel tests, of which as many run as there are processors.
func sideBySide(rows []int, run func(int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range atOnce * runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				run(i)
			}
		})
	}
	for _, i := range rows {
		next <- i
	}
	close(next)
	workers.Wait()
}

func (r *R) measure(row row) {
	from := time.Now()
	defer func() { r.took = time.Since(from) }()
	row.run(r)
	if r.tried == 0 && len(r.left) == 0 && !r.Failed() {
		r.Error("the row tried nothing")
	}
}

// try counts one attempt; what it returns is what went wrong.
func (r *R) try(what string, do func() error) {
	r.Helper()
	err := do()
	r.count(what, err)
}

func (r *R) count(what string, err error) {
	r.Helper()
	r.mu.Lock()
	r.tried++
	if err == nil {
		r.survived++
	}
	r.mu.Unlock()
	if err != nil {
		r.Errorf("%s: %v", what, err)
	}
}

func (r *R) figure(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.figures = append(r.figures, fmt.Sprintf(format, args...))
}

// notTried ends the row because this machine lacks something.
func (r *R) notTried(why string) {
	r.Helper()
	r.skipped = why
	r.Skip("not tried: " + why)
}

// leave notes that a part of the row was not tried.
func (r *R) leave(part, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = append(r.left, part+" not tried: "+why)
}

// rounds is how often: a few times in the short form, the full count in a soak.
func (r *R) rounds(short, full int) int {
	if r.Full {
		return full
	}
	return short
}

// some is a random duration below max.
func (r *R) some(max time.Duration) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Duration(r.random.Int64N(int64(max) + 1))
}

func (r *R) intn(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.random.IntN(n)
}

// table is what `task faults` prints.
func table(all []row, runs []*R, took time.Duration, seed uint64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-4s %-58s %6s %8s %5s %5s  %s\n", "row", "what", "tried", "survived", "lost", "s", "figure")
	tried, failed, left := 0, 0, 0
	for i, row := range all {
		r := runs[i]
		switch {
		case r == nil: // left out by -run
			continue
		case r.skipped != "":
			left++
			fmt.Fprintf(&b, "%-4s %-58s not tried: %s\n", row.id, row.what, r.skipped)
			continue
		}
		tried++
		lost := "–"
		if r.accounted {
			lost = fmt.Sprint(r.lost)
		}
		figures := strings.Join(append(r.figures, r.left...), "; ")
		if r.Failed() { // a figure as "0 bytes sent" stands for checks that all held
			failed++
			figures = "FAILED: the log above has why"
		}
		fmt.Fprintf(&b, "%-4s %-58s %6d %8d %5s %5.1f  %s\n", row.id, row.what, r.tried, r.survived, lost, r.took.Seconds(), figures)
	}
	fmt.Fprintf(&b, "%d rows tried, %d failed, %d not tried, in %.0f s; AMALFA_TEST_SEED=%d\n", tried, failed, left, took.Seconds(), seed)
	return b.String()
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (r *R) write(path, text string) {
	r.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.Fatal(err)
	}
}
