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
