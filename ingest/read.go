package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"

	"amalfa/notes"
	"amalfa/notes/files"
	"amalfa/store"
)

var errChanging = errors.New("changes while it is read")

// content is one file as it was at one moment.
type content struct {
	data      []byte
	hash      string
	signature store.Signature
}

// readFile reads a whole file of at most limit bytes. It tries again, twice, when the file changes under it.
func readFile(root *os.Root, id string, limit int64) (content, error) {
	err := errChanging
	for try := 0; try < 3 && errors.Is(err, errChanging); try++ {
		var c content
		if c, err = readOnce(root, id, limit); err == nil {
			return c, nil
		}
	}
	return content{}, err
}

func readOnce(root *os.Root, id string, limit int64) (content, error) {
	f, before, err := files.OpenNoLink(root, id)
	if errors.Is(err, files.ErrNotRegular) {
		err = notText(err.Error())
	}
	if err != nil {
		return content{}, err
	}
	defer f.Close()
	if before.Size() > limit {
		return content{}, tooLarge(before.Size(), limit)
	}
	data := make([]byte, before.Size()+1)
	n, err := io.ReadFull(f, data)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return content{}, err
	}
	after, err := f.Stat()
	if err != nil {
		return content{}, err
	}
	if int64(n) != before.Size() || signatureOf(before) != signatureOf(after) {
		return content{}, errChanging
	}
	return content{data: data[:n], hash: files.Hash(data[:n]), signature: signatureOf(before)}, nil
}

func tooLarge(size, limit int64) error {
	return notText(fmt.Sprintf("%.1f MB, over the limit of %.1f MB", float64(size)/1e6, float64(limit)/1e6))
}

// reasonOf is an error in the words of a report: without the path, which stands beside it.
func reasonOf(err error) string {
	var p *fs.PathError
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.As(err, &p):
		return p.Err.Error()
	}
	return err.Error()
}

// notText is why a file is not for the index. Nothing is wrong with it, so it is skipped, not failed.
type notText string

func (e notText) Error() string { return string(e) }

const (
	errEmpty = notText("empty")
	errUTF16 = notText("UTF-16 text: convert it to UTF-8")
)

// sniff is how far into a file a NUL byte makes it binary (git's number).
const sniff = 8 << 10

// privateKey is the first line of a key file, whatever the file is called.
var privateKey = regexp.MustCompile(`^-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----\s*$`)

// cleanText returns the file's text, byte for byte at the same positions, and why it is not whole.
func cleanText(data []byte) (text []byte, reason string, err error) {
	if len(bytes.TrimSpace(data[notes.BOMLength(data):])) == 0 {
		return nil, "", errEmpty
	}
	text, bad := notes.Clean(data)
	if first, _, _ := bytes.Cut(bytes.TrimSpace(text), []byte("\n")); privateKey.Match(first) {
		return nil, "", notText("holds a private key")
	}
	if notes.IsUTF16(data) {
		return nil, "", errUTF16
	}
	if i := bytes.IndexByte(data[:min(len(data), sniff)], 0); i >= 0 {
		return nil, "", notText(fmt.Sprintf("binary: NUL at byte %d", i))
	}
	switch {
	case bad > len(data)/4:
		return nil, "", notText(fmt.Sprintf("not UTF-8 text (%d of %d bytes are not valid): convert it to UTF-8", bad, len(data)))
	case bad == 1:
		reason = "1 byte is not valid UTF-8 and was replaced"
	case bad > 0:
		reason = fmt.Sprintf("%d bytes are not valid UTF-8 and were replaced", bad)
	}
	return text, reason, nil
}

// lineCounter gives line numbers, from 1, for positions asked for in ascending order; it reads the text once.
type lineCounter struct {
	text []byte
	pos  int
	line int
}

func (c *lineCounter) at(pos int) int {
	if pos < c.pos || c.line == 0 {
		c.pos, c.line = 0, 1
	}
	c.line += bytes.Count(c.text[c.pos:pos], []byte{'\n'})
	c.pos = pos
	return c.line
}

// lines is how many lines the whole text has.
func (c *lineCounter) lines() int {
	if len(c.text) == 0 {
		return 0
	}
	return c.at(len(c.text) - 1)
}
