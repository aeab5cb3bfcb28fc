package notes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
)

// fences are the lines that open front matter: its format, and the line that closes it. "..." closes YAML too. Hugo, Zola,
// Obsidian and Jekyll write the first two, Eleventy names a language, Hexo writes JSON between semicolons.
var fences = map[string]struct {
	format Format
	closer string
}{
	"---": {YAML, "---"}, "---yaml": {YAML, "---"}, "---yml": {YAML, "---"}, "---toml": {TOML, "---"}, "---json": {JSON, "---"},
	"+++": {TOML, "+++"}, ";;;": {JSON, ";;;"},
}

// findBlock finds front matter. It returns an error for a block with a key and no second fence.
func findBlock(note []byte, start int) (Head, error) {
	first, rest, _ := bytes.Cut(note[start:], []byte("\n"))
	if bytes.HasPrefix(first, []byte(JSON)) {
		return findObject(note, start), nil
	}
	fence, ok := fences[string(bytes.TrimRight(first, " \t\r"))]
	if !ok {
		return Head{}, nil
	}
	h := Head{Format: fence.format, Start: start, from: start + len(first) + 1}
	h.to = h.from
	for line := range bytes.Lines(rest) {
		bare := string(bytes.TrimRight(line, " \t\r\n"))
		if bare == fence.closer || h.Format == YAML && bare == "..." {
			h.End = h.to + len(line)
			return h, nil
		}
		if h.to += len(line); h.to-h.from >= maxHead {
			break
		}
	}
	if keyLine.Match(rest) {
		return Head{}, fmt.Errorf("front matter: no closing %s within %d KiB", fence.closer, maxHead>>10)
	}
	return Head{}, nil // a rule across the page
}

// objectStart is how an object of JSON with a key begins; a template's "{{" and a component's "{" do not.
var objectStart = regexp.MustCompile(`^\{\s*"[^"\n]{1,64}"\s*:`)

// findObject finds front matter that is an object of JSON without fences: it ends where the object does, or, where that is
// broken, with a line "}".
func findObject(note []byte, start int) Head {
	text := note[start:min(len(note), start+maxHead)]
	if !objectStart.Match(text) {
		return Head{}
	}
	var object json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(text))
	length := 0
	if err := decoder.Decode(&object); err == nil {
		length = int(decoder.InputOffset())
	} else if at := brokenObjectEnd.FindIndex(text); at != nil {
		length = at[1]
	}
	line, _, _ := bytes.Cut(text[length:], []byte("\n"))
	if length == 0 || len(bytes.TrimSpace(line)) > 0 {
		return Head{}
	}
	h := Head{Format: JSON, Start: start, from: start, to: start + length}
	h.End = min(len(note), h.to+len(line)+1)
	return h
}

var brokenObjectEnd = regexp.MustCompile(`(?m)^\}`)
