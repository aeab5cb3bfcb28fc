package cli

import (
	"fmt"
	"time"

	"amalfa/app"
	"amalfa/ingest"
	"amalfa/models"
)

// An initMeter shows the two parts of init, each in a line of its own: how far the words are, and then the vectors.
type initMeter struct {
	*meter
	s       *session
	worded  bool // all is found by words
	vectors ingest.VectorProgress
	read    ingest.Progress
	hinted  bool // the faster form was named, or need not be
}

func (s *session) initMeter() *initMeter {
	return &initMeter{meter: s.meter(), s: s, hinted: s.Settings.Embeddings.Precision == models.Int8}
}

func (m *initMeter) words(p ingest.Progress) {
	m.mu.Lock()
	m.read = p
	m.mu.Unlock()
	m.files("Words  ", p)
}

// allWords leaves the line of the words standing.
func (m *initMeter) allWords(sum ingest.Summary) {
	m.mu.Lock()
	m.worded = true
	m.mu.Unlock()
	m.done()
	if written := sum.Indexed + sum.Partial; written > 0 && !m.a.quiet && !m.a.json {
		fmt.Fprintf(m.a.err, "Words   %s in %s: every command works from here on\n", passages(sum.Whole.Chunks), app.Count(sum.Whole.Notes, "note"))
	}
}

// embedding shows how many passages have a vector.
func (m *initMeter) embedding(p ingest.VectorProgress) {
	m.mu.Lock()
	m.vectors = p
	m.mu.Unlock()
	if p.Have == p.Of {
		return
	}
	m.hint(p)
	text := fmt.Sprintf("Vectors %s %s of %s", bar(p.Have, p.Of), thousands(p.Have), passages(p.Of))
	if p.Rate > 0 {
		text += fmt.Sprintf(", %s tokens/s", thousands(int(p.Rate)))
	}
	m.show(text + timeLeft(p.Left))
}

const (
	// longWork is from where on a person wants to know of a faster way.
	longWork = 10 * time.Minute
	// steadyTokens is how much the model has read when its speed is known.
	steadyTokens = 10_000
)

// hint names the faster form of the model, once.
func (m *initMeter) hint(p ingest.VectorProgress) {
	if m.hinted || p.Left <= longWork || p.Tokens < steadyTokens || m.a.quiet || m.a.json {
		return
	}
	m.hinted = true
	m.done()
	fmt.Fprintf(m.a.err, "note: the vectors take about %s. \"amalfa init --precision int8\" makes them %.1f times as fast, slightly off;\n"+
		"      \"amalfa init --background\" makes them behind your back. What has none yet is found by its words.\n", roughly(p.Left), models.Int8Speed)
}

func passages(n int) string { return thousands(n) + " " + app.Plural(n, "passage") }

func timeLeft(d time.Duration) string {
	if d <= time.Second {
		return ""
	}
	return ", " + roughly(d) + " left"
}

// standing says what the index holds by now.
func (m *initMeter) standing() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.worded && m.vectors.Of > m.vectors.Have:
		return fmt.Sprintf("all notes are found by words, %s of %s by meaning; run it again for the rest", thousands(m.vectors.Have), passages(m.vectors.Of))
	case m.worded && m.vectors.Of > 0:
		return "all notes are found by words and by meaning"
	case m.worded:
		return "all notes are found by words; run it again for the rest"
	case m.read.Done > 0:
		return fmt.Sprintf("%s of %s files are in the index and stay; run it again for the rest", thousands(m.read.Done), thousands(m.read.Total))
	}
	return "nothing was written yet; run it again"
}
