package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// maxSettings bounds a settings file; a real one has a few kilobytes.
const maxSettings = 1 << 20

// A leaf is a value in a settings file, with where it stands.
type leaf struct {
	Path  string   // dotted: names of objects and of the member
	Names []string // the same as the file has them: `"vector.port": 1` is one name
	Value any      // as encoding/json decodes it
	At    Position
}

// A Position is a place in a text, both from 1, columns in characters.
type Position struct{ Line, Column int }

// A syntaxError is where a text stops being JSON.
type syntaxError struct {
	at  Position
	why string
}

func (e *syntaxError) Error() string { return e.why }

// read returns the values of a settings file (comments and trailing commas allowed) in its order; none of one that is not there.
func read(path string) ([]leaf, error) {
	data, err := ReadFile(path)
	if err != nil || data == nil {
		return nil, err
	}
	return parse(data)
}

// ReadFile returns the text of a settings file, nil where there is none. It opens without waiting, so that a pipe in a cloned folder
// cannot hang us.
func ReadFile(path string) ([]byte, error) {
	fi, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unwrapPath(err)
	}
	if !fi.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unwrapPath(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSettings+1))
	if err == nil && len(data) > maxSettings {
		err = fmt.Errorf("larger than %d bytes", maxSettings)
	}
	return data, err
}

// unwrapPath leaves out the path, which whoever reports the error names.
func unwrapPath(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

const byteOrderMark = "\uFEFF"

// parse returns the values of a settings file. An empty one has none.
func parse(data []byte) ([]leaf, error) {
	text := strings.TrimPrefix(string(data), byteOrderMark)
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	if err := shallow(text); err != nil {
		return nil, err
	}
	root, err := hujson.Parse([]byte(text))
	if err != nil {
		return nil, syntax(text, err)
	}
	d := document{text: text, at: Position{1, 1}, keys: map[string]bool{}}
	for _, k := range Keys() {
		d.keys[k.Path] = true
	}
	if _, ok := root.Value.(*hujson.Object); !ok {
		return nil, &syntaxError{d.position(root.StartOffset), "want an object around the settings"}
	}
	if err := d.walk(nil, root); err != nil {
		return nil, err
	}
	return d.leaves, nil
}

// syntax makes an error of ours of one of hujson, which tells bytes and begins with its own name.
func syntax(text string, err error) error {
	message, at := err.Error(), Position{1, 1}
	if n, scanErr := fmt.Sscanf(message, "hujson: line %d, column %d:", &at.Line, &at.Column); n == 2 && scanErr == nil {
		_, message, _ = strings.Cut(message, ": ")
		_, message, _ = strings.Cut(message, ": ")
		lines := strings.SplitAfterN(text, "\n", at.Line+1)
		if line := lines[at.Line-1]; at.Column-1 <= len(line) {
			at.Column = 1 + utf8.RuneCountInString(line[:at.Column-1])
		}
	}
	return &syntaxError{at, message}
}

// shallow refuses nesting that no settings file has, before a recursive parser sees it.
func shallow(text string) error {
	depth := 0
	for _, c := range []byte(text) {
		switch c {
		case '{', '[':
			if depth++; depth > 64 {
				return errors.New("nested deeper than 64")
			}
		case '}', ']':
			depth--
		}
	}
	return nil
}

// A document is a text on its way to leaves.
type document struct {
	text   string
	keys   map[string]bool
	leaves []leaf
	offset int      // up to which positions were counted, since a file of a stranger may hold many values
	at     Position // of offset
}

// position is asked with growing offsets.
func (d *document) position(offset int) Position {
	passed := d.text[d.offset:offset]
	if i := strings.LastIndexByte(passed, '\n'); i >= 0 {
		d.at = Position{d.at.Line + strings.Count(passed, "\n"), 1}
		passed = passed[i+1:]
	}
	d.at.Column += utf8.RuneCountInString(passed)
	d.offset = offset
	return d.at
}

// walk adds what an object holds. The value of a key that takes an object is a leaf, and so is an object in the place of another value.
func (d *document) walk(names []string, object hujson.Value) error {
	for _, member := range object.Value.(*hujson.Object).Members {
		name := member.Name.Value.(hujson.Literal).String()
		at := append(names[:len(names):len(names)], name)
		path := strings.Join(at, ".")
		if path == "$schema" {
			continue
		}
		if _, nested := member.Value.Value.(*hujson.Object); nested && !d.keys[path] {
			if err := d.walk(at, member.Value); err != nil {
				return err
			}
			continue
		}
		place := d.position(member.Name.StartOffset)
		value, err := decode(member.Value)
		if err != nil {
			return &syntaxError{place, err.Error()}
		}
		d.leaves = append(d.leaves, leaf{path, at, value, place})
	}
	return nil
}

func decode(v hujson.Value) (out any, err error) {
	v = v.Clone()
	v.Standardize()
	return out, json.Unmarshal(v.Pack(), &out)
}

// Lookup returns the key of that path.
func Lookup(path string) (Key, bool) {
	for _, k := range Keys() {
		if k.Path == path {
			return k, true
		}
	}
	return Key{}, false
}
