package eval

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Export writes the documents as notes below dir, and returns the document of each note's id.
func (c Collection) Export(dir string) (map[string]string, error) {
	ids := make(map[string]string, len(c.Documents))
	for i, d := range c.Documents {
		folder := fmt.Sprintf("c%03d", i/perFolder)
		if i%perFolder == 0 {
			if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
				return nil, err
			}
		}
		name := fmt.Sprintf("%s/d%06d.md", folder, i)
		ids[name] = d.ID
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(d.note()), 0o600); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// perFolder keeps folders small.
const perFolder = 1000

func (d Document) note() string {
	title := strings.Join(strings.Fields(d.Title), " ")
	if title == "" {
		return d.Text + "\n"
	}
	return "# " + title + "\n\n" + d.Text + "\n"
}

// Ranking is the answer to one question, best first.
type Ranking struct {
	Question  string
	Documents []string
	Values    []float64 // what they were ranked by, as far as it is known
}

// leastStep keeps the values of a run file apart: trec_eval orders by value alone, equal ones by document.
const leastStep = 1e-6

// WriteRun writes rankings in TREC's format: question, Q0, document, rank, value, name of the run. Values fall strictly, where
// ours are equal by one millionth, so that trec_eval keeps the order.
func WriteRun(w io.Writer, name string, rankings []Ranking) error {
	out := bufio.NewWriter(w)
	for _, r := range rankings {
		before := 0.0
		for i, id := range r.Documents {
			value := -float64(i)
			if i < len(r.Values) {
				value = r.Values[i]
			}
			if i > 0 && value > before-leastStep {
				value = before - leastStep
			}
			before = value
			fmt.Fprintf(out, "%s Q0 %s %d %.6f %s\n", r.Question, id, i+1, value, name)
		}
	}
	return out.Flush()
}
