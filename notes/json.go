package notes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// readJSON reads a block of JSON: an object, or, as Hexo has it, what stands inside of one.
func readJSON(note []byte, from, to int) ([]field, error) {
	block := note[from:to]
	r := jsonReader{from: from, input: jsonObject(block)}
	if len(r.input) != len(block) {
		r.from--
	}
	r.decoder = json.NewDecoder(bytes.NewReader(r.input))
	r.decoder.UseNumber()
	_, err := r.decoder.Token()
	if err == nil {
		err = r.object("")
	}
	if err == nil {
		if _, err = r.decoder.Token(); err == nil {
			err = errors.New("text behind the object")
		} else if errors.Is(err, io.EOF) {
			return r.fields, nil
		}
	}
	line := 1 + bytes.Count(r.input[:min(r.offset(), len(r.input))], []byte{'\n'})
	return r.fields, lineError(note, from, line, err)
}

type jsonReader struct {
	fieldList
	decoder *json.Decoder
	input   []byte
	from    int // where the input begins in the note
}

func (r *jsonReader) offset() int { return int(r.decoder.InputOffset()) }

// next is where the next token begins.
func (r *jsonReader) next() int {
	at := r.offset()
	return at + len(r.input[at:]) - len(bytes.TrimLeft(r.input[at:], " \t\r\n,:"))
}

// object reads what follows "{", with the "}".
func (r *jsonReader) object(prefix string) error {
	defer r.enter()()
	for r.decoder.More() {
		at := r.next()
		key, err := r.decoder.Token()
		if err != nil {
			return err
		}
		f := field{name: prefix + fmt.Sprint(key), at: r.from + at, value: r.from + r.next()}
		if err := r.value(r.open(f)); err != nil {
			return err
		}
	}
	_, err := r.decoder.Token()
	return err
}

func (r *jsonReader) value(i int) error {
	at := r.next()
	token, err := r.decoder.Token()
	switch token {
	case nil:
		return err // null, or the error
	case json.Delim('{'):
		return r.object(r.fields[i].name + ".")
	case json.Delim('['):
		r.fields[i].list = true
		for err == nil && r.decoder.More() {
			err = r.value(i)
		}
		if err == nil {
			_, err = r.decoder.Token()
		}
		return err
	}
	r.add(i, fmt.Sprint(token), r.from+at)
	return nil
}

// jsonObject puts braces around members without them.
func jsonObject(block []byte) []byte {
	if bytes.HasPrefix(bytes.TrimSpace(block), []byte("{")) {
		return block
	}
	return slices.Concat([]byte("{"), block, []byte("}"))
}
