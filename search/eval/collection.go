// Package eval measures how well questions are answered: it reads collections in the BEIR layout (corpus.jsonl, queries.jsonl,
// qrels.tsv or qrels/test.tsv), scores rankings as trec_eval does, and writes run files in TREC's format.
package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Document is one entry of a corpus.
type Document struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Question is one query.
type Question struct {
	ID   string `json:"_id"`
	Text string `json:"text"`
}

// Judgements say, by question and document, how relevant a document is; 0 or less is not.
type Judgements map[string]map[string]int

// Collection is what a folder holds.
type Collection struct {
	Documents []Document
	Questions []Question // those with judgements, in the order of the file
	Judged    Judgements
}

// ErrCollection reports a folder that is no collection; the message says why.
var ErrCollection = errors.New("not a BEIR collection")

// maxLine bounds one line of a collection, in bytes.
const maxLine = 64 << 20

// Open reads a collection.
func Open(dir string) (Collection, error) {
	var c Collection
	var err error
	if c.Documents, err = readFile(filepath.Join(dir, "corpus.jsonl"), readLines[Document]); err != nil {
		return c, err
	}
	questions, err := readFile(filepath.Join(dir, "queries.jsonl"), readLines[Question])
	if err != nil {
		return c, err
	}
	if c.Judged, err = readFile(filepath.Join(dir, "qrels.tsv"), readJudgements); errors.Is(err, fs.ErrNotExist) {
		c.Judged, err = readFile(filepath.Join(dir, "qrels", "test.tsv"), readJudgements)
	}
	if err != nil {
		return c, err
	}
	for _, q := range questions {
		if c.Judged[q.ID] != nil {
			c.Questions = append(c.Questions, q)
		}
	}
	return c, c.check(dir)
}

func (c Collection) check(dir string) error {
	seen := make(map[string]bool, len(c.Documents))
	for _, d := range c.Documents {
		if d.ID == "" || strings.ContainsAny(d.ID, " \t\n") || seen[d.ID] {
			return fmt.Errorf("%s: %w: document id %q is empty, holds a space or stands twice", dir, ErrCollection, d.ID)
		}
		seen[d.ID] = true
	}
	if len(c.Questions) == 0 {
		return fmt.Errorf("%s: %w: no question has a judgement", dir, ErrCollection)
	}
	return nil
}

func readFile[T any](path string, read func(io.Reader) (T, error)) (T, error) {
	f, err := os.Open(path)
	if err != nil {
		var none T
		return none, fmt.Errorf("%w: %w", ErrCollection, err)
	}
	defer f.Close()
	v, err := read(f)
	if err != nil {
		err = fmt.Errorf("%w: %s: %w", ErrCollection, path, err)
	}
	return v, err
}

// readLines reads a JSON object a line; empty lines are passed over.
func readLines[T any](r io.Reader) ([]T, error) {
	var list []T
	err := eachLine(r, func(n int, line []byte) error {
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			return err
		}
		list = append(list, v)
		return nil
	})
	return list, err
}

// readJudgements reads "question document grade", or TREC's "question 0 document grade"; the grade of a first line may be a
// heading instead.
func readJudgements(r io.Reader) (Judgements, error) {
	judged := Judgements{}
	err := eachLine(r, func(n int, line []byte) error {
		fields := strings.Fields(string(line))
		if len(fields) != 3 && len(fields) != 4 {
			return fmt.Errorf("%d fields, want 3 or 4", len(fields))
		}
		grade, err := strconv.Atoi(fields[len(fields)-1])
		if err != nil {
			if n == 1 {
				return nil
			}
			return fmt.Errorf("grade: %w", err)
		}
		question, document := fields[0], fields[len(fields)-2]
		if judged[question] == nil {
			judged[question] = map[string]int{}
		}
		judged[question][document] = grade
		return nil
	})
	return judged, err
}

func eachLine(r io.Reader, do func(n int, line []byte) error) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 64<<10), maxLine)
	for n := 1; scanner.Scan(); n++ {
		line := scanner.Bytes()
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := do(n, line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return scanner.Err()
}

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
