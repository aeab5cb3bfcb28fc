package sonar

import (
	"bytes"
	"net/http"

	"amalfa/llm"
)

// bytesOfToken is about how many bytes of a request one token takes, for the guess that holds until its provider has counted.
const bytesOfToken = 4

// A usageReader passes a reply on untouched and reads in passing what it says that it took. An event stream comes in whole lines;
// another reply is read when it comes in one piece.
type usageReader struct {
	http.ResponseWriter
	streams bool
	refused bool // the provider was not there, or said no
	usage   llm.Usage
	events  int // about the tokens of an answer whose provider does not count: each comes in an event of its own
}

// Unwrap lets http.NewResponseController find what it needs.
func (u *usageReader) Unwrap() http.ResponseWriter { return u.ResponseWriter }

// Write implements io.Writer.
func (u *usageReader) Write(b []byte) (int, error) {
	u.read(b)
	return u.ResponseWriter.Write(b)
}

var (
	usageMember = []byte(`"usage"`)
	dataMark    = []byte("data:")
)

func (u *usageReader) read(b []byte) {
	if !u.streams {
		if bytes.Contains(b, usageMember) {
			u.keep(llm.UsageOf(b))
		}
		return
	}
	u.events += bytes.Count(b, dataMark)
	for at := bytes.Index(b, usageMember); at >= 0; {
		line := b[bytes.LastIndexByte(b[:at], '\n')+1:]
		rest := []byte(nil)
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line, rest = line[:end], line[end:]
		}
		if _, data, ok := bytes.Cut(line, dataMark); ok {
			u.keep(llm.UsageOf(data))
		}
		b = rest
		at = bytes.Index(b, usageMember)
	}
}

// keep takes the last usage that counts something: providers send null, or zeros, until the end.
func (u *usageReader) keep(used llm.Usage) {
	if used != (llm.Usage{}) {
		u.usage = used
	}
}
