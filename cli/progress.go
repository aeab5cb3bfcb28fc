package cli

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"amalfa/ingest"
)

// Long work says how far it is on standard error: a line that is redrawn on a
// terminal, a plain line now and then elsewhere (an agent pays for each).

const (
	redrawEvery = 100 * time.Millisecond
	lineEvery   = 10 * time.Second

	redraw = "\r\x1b[2K" // the line that the cursor is on begins anew
)

// A meter shows one long job.
type meter struct {
	a     *program
	mu    sync.Mutex
	last  time.Time
	drawn bool
}

func (a *program) meter() *meter { return &meter{a: a, last: time.Now()} }

// show prints text if the last print is long enough ago.
func (m *meter) show(text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	every := lineEvery
	if m.a.progress {
		every = redrawEvery
	}
	if m.a.quiet || time.Since(m.last) < every {
		return
	}
	m.last = time.Now()
	if m.a.progress {
		fmt.Fprint(m.a.err, redraw+text)
		m.drawn = true
		return
	}
	fmt.Fprintln(m.a.err, text)
}

// done clears the redrawn line.
func (m *meter) done() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.drawn {
		fmt.Fprint(m.a.err, redraw)
		m.drawn = false
	}
}

func (m *meter) ingest(p ingest.Progress) { m.files("Indexing", p) }

// files shows how many files were read.
func (m *meter) files(what string, p ingest.Progress) {
	text := fmt.Sprintf("%s %s %s of %s files, %s", what, bar(p.Done, p.Total), thousands(p.Done), thousands(p.Total), passages(p.Chunks))
	if p.Rate > 0 {
		text += fmt.Sprintf(", %s files/s", thousands(int(p.Rate)))
	}
	m.show(text + timeLeft(p.Left))
}

// noteCount shows how many notes were gone through.
func (m *meter) noteCount(what string) func(done, total int) {
	return func(done, total int) {
		m.show(fmt.Sprintf("%s %s %s of %s", what, bar(done, total), thousands(done), count(total, "note")))
	}
}

func bar(done, total int) string {
	const width = 24
	if total <= 0 {
		return strings.Repeat("░", width)
	}
	n := min(width, done*width/total)
	return strings.Repeat("█", n) + strings.Repeat("░", width-n)
}

// downloads returns the callback that shows what is being fetched.
func (a *program) downloads() func(name string, done, total int64) {
	meters := map[string]*meter{}
	var mu sync.Mutex
	return func(name string, done, total int64) {
		mu.Lock()
		m := meters[name]
		if m == nil {
			m = a.meter()
			meters[name] = m
		}
		mu.Unlock()
		if total > 0 && done >= total {
			m.done()
			return
		}
		m.show(fmt.Sprintf("Fetching %s %s %s of %s", name, bar(int(done>>10), int(total>>10)), megabytes(done), megabytes(total)))
	}
}
