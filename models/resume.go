package models

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"amalfa/models/pinned"
)

// A partState is FILE.part.json: which version of which file the part is the beginning of.
type partState struct {
	URL  string `json:"url"`
	ETag string `json:"etag"`
}

func (t transfer) statePath() string { return t.part() + ".json" }

func (t transfer) state() partState {
	data, err := os.ReadFile(t.statePath())
	if err != nil || len(data) > 8<<10 {
		return partState{}
	}
	s, err := parsePartState(data)
	if err != nil {
		return partState{}
	}
	return s
}

func parsePartState(data []byte) (s partState, err error) {
	err = json.Unmarshal(data, &s)
	return s, err
}

// resumeAt returns how many bytes of f may be kept, with f positioned behind them. Without a digest that would
// uncover a wrong mixture, nothing is kept.
func (t transfer) resumeAt(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	size := info.Size()
	if t.want.SHA256 == "" || t.state().URL != t.url.String() || size > t.limit() {
		size = 0
	}
	return size, restart(f, size)
}

// restart cuts f to size bytes and goes to its end.
func restart(f *os.File, size int64) error {
	if err := f.Truncate(size); err != nil {
		return err
	}
	_, err := f.Seek(size, io.SeekStart)
	return err
}

// request is the header of a request for the bytes after from.
func (t transfer) request(from int64) http.Header {
	h := t.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	if from > 0 {
		h.Set("Range", fmt.Sprintf("bytes=%d-", from))
		if etag := t.state().ETag; etag != "" {
			h.Set("If-Range", etag)
		}
	}
	return h
}

// accept checks the head of an answer to a request for the bytes after from, and returns where its body belongs:
// at from, or at 0 when the server sends the whole file. f is positioned there.
func (t transfer) accept(resp *http.Response, f *os.File, from int64) (int64, error) {
	if enc := resp.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return 0, permanent{fmt.Errorf("the server compressed the file (%s) though it was asked not to", enc)}
	}
	etag := resp.Header.Get("ETag")
	switch resp.StatusCode {
	case http.StatusOK:
		if n := resp.ContentLength; t.want.Size > 0 && n >= 0 && n != t.want.Size {
			return 0, permanent{fmt.Errorf("%s: %w: expected %d bytes, the server has %d", t.dst, pinned.ErrMismatch, t.want.Size, n)}
		}
		if err := restart(f, 0); err != nil {
			return 0, permanent{err}
		}
		return 0, t.remember(etag)
	case http.StatusPartialContent:
		if err := t.checkRange(resp.Header.Get("Content-Range"), etag, from); err != nil {
			return 0, t.startOver(f, err)
		}
		return from, nil
	case http.StatusRequestedRangeNotSatisfiable:
		return 0, t.startOver(f, statusError(resp))
	}
	return 0, statusError(resp)
}

// startOver drops the part, so that the next try asks for all of it.
func (t transfer) startOver(f *os.File, cause error) error {
	if err := restart(f, 0); err != nil {
		return permanent{err}
	}
	os.Remove(t.statePath())
	return retriable(cause)
}

// remember notes which version of the file the part belongs to. Weak tags do not promise equal bytes.
func (t transfer) remember(etag string) error {
	if strings.HasPrefix(etag, "W/") {
		etag = ""
	}
	data, err := json.Marshal(partState{URL: t.url.String(), ETag: etag})
	if err != nil {
		return permanent{err}
	}
	if err := os.WriteFile(t.statePath(), data, 0o600); err != nil {
		return permanent{err}
	}
	return nil
}

// checkRange accepts "bytes FROM-LAST/TOTAL" where the answer continues the part up to the file's end.
func (t transfer) checkRange(contentRange, etag string, from int64) error {
	first, last, total, err := parseContentRange(contentRange)
	if err != nil {
		return err
	}
	if from == 0 || first != from || total >= 0 && last != total-1 || t.want.Size > 0 && last != t.want.Size-1 {
		return fmt.Errorf("the server answered with %q to a request for the bytes from %d of %d", contentRange, from, t.want.Size)
	}
	if known := t.state().ETag; known != "" && etag != "" && etag != known {
		return fmt.Errorf("the file changed on the server (%s, then %s)", known, etag)
	}
	return nil
}

// parseContentRange reads "bytes 5-9/10"; total is -1 for "*".
func parseContentRange(s string) (first, last, total int64, err error) {
	bad := fmt.Errorf("malformed Content-Range %q", s)
	span, size, ok := strings.Cut(strings.TrimPrefix(s, "bytes "), "/")
	a, b, dash := strings.Cut(span, "-")
	if !ok || !dash || !strings.HasPrefix(s, "bytes ") {
		return 0, 0, 0, bad
	}
	number := func(s string) int64 {
		n, e := strconv.ParseUint(s, 10, 63)
		if e != nil {
			err = bad
		}
		return int64(n)
	}
	first, last, total = number(a), number(b), -1
	if size != "*" {
		total = number(size)
	}
	if err == nil && (last < first || total >= 0 && last >= total) {
		err = bad
	}
	if err != nil {
		return 0, 0, 0, err
	}
	return first, last, total, nil
}
