package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"time"

	"amalfa/models/pinned"
)

const (
	defaultStall   = 30 * time.Second
	defaultBackoff = time.Second
	maxRetries     = 3
	maxRetryAfter  = time.Minute
	// A file whose size nobody states may not be larger; the largest weights in the catalogue are 2.4 GB.
	maxFile = 8 << 30
	// progressStep is how many bytes arrive between two calls of Progress.
	progressStep = 1 << 20
)

// A transfer is one file to be fetched to dst.
type transfer struct {
	name   string // for progress
	url    *url.URL
	header http.Header
	want   pinned.File // either part may be unknown
	blob   string      // git's SHA-1, when that is all that is known
	dst    string
	perm   fs.FileMode
}

// part is where the bytes gather; it is never used under another name before they are verified.
func (t transfer) part() string { return t.dst + ".part" }

func (t transfer) limit() int64 {
	if t.want.Size > 0 {
		return t.want.Size
	}
	return maxFile
}

// get fetches t.dst: resumed where possible, verified, and then renamed. The lock of the folder is held by the
// caller. Bytes with the wrong digest are deleted and fetched afresh once, since a resumed part may be to blame.
func (l *Locator) get(ctx context.Context, t transfer) (pinned.File, error) {
	got, err := l.getOnce(ctx, t)
	if errors.Is(err, pinned.ErrMismatch) {
		got, err = l.getOnce(ctx, t)
	}
	if err != nil {
		return pinned.File{}, fmt.Errorf("fetch %s: %w", t.name, diskError(t.part(), err))
	}
	return got, nil
}

func (l *Locator) getOnce(ctx context.Context, t transfer) (pinned.File, error) {
	if err := l.retry(ctx, func() error { return l.attempt(ctx, t) }); err != nil {
		if errors.Is(err, pinned.ErrMismatch) {
			t.discard()
		}
		return pinned.File{}, err
	}
	got, err := t.verify()
	if err != nil {
		if errors.Is(err, pinned.ErrMismatch) {
			t.discard()
		}
		return pinned.File{}, err
	}
	f, err := os.OpenFile(t.part(), os.O_RDWR, 0)
	if err != nil {
		return pinned.File{}, err
	}
	if err := f.Chmod(t.perm); err != nil {
		f.Close()
		return pinned.File{}, err
	}
	os.Remove(t.statePath())
	return got, pinned.Commit(f, t.dst)
}

// discard removes what was fetched so far.
func (t transfer) discard() {
	os.Remove(t.part())
	os.Remove(t.statePath())
}

// verify holds the part against everything that is known of the file.
func (t transfer) verify() (pinned.File, error) {
	sum, size, err := pinned.Sum(t.part())
	if err != nil {
		return pinned.File{}, err
	}
	if t.want.Size > 0 && size != t.want.Size {
		return pinned.File{}, fmt.Errorf("%s: %w: expected %d bytes, got %d", t.dst, pinned.ErrMismatch, t.want.Size, size)
	}
	if t.want.SHA256 != "" && sum != t.want.SHA256 {
		return pinned.File{}, &pinned.MismatchError{Path: t.dst, Want: t.want.SHA256, Got: sum}
	}
	if t.blob != "" {
		if err := checkBlob(t.part(), t.dst, t.blob, size); err != nil {
			return pinned.File{}, err
		}
	}
	return pinned.File{SHA256: sum, Size: size}, nil
}

// attempt makes one request and appends what it gives to the part.
func (l *Locator) attempt(ctx context.Context, t transfer) error {
	f, err := os.OpenFile(t.part(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return permanent{err}
	}
	defer f.Close()
	from, err := t.resumeAt(f)
	if err != nil {
		return permanent{err}
	}
	if from > 0 && from == t.want.Size {
		return nil
	}
	ctx, alive, stop := l.watch(ctx)
	defer stop()
	resp, err := send(ctx, l.client(), http.MethodGet, t.url, t.request(from))
	if err != nil {
		return stalled(ctx, err)
	}
	defer resp.Body.Close()
	alive()
	if from, err = t.accept(resp, f, from); err != nil {
		return err
	}
	err = l.receive(t, f, resp.Body, from, alive)
	return stalled(ctx, err)
}

// receive appends the body to f, which is from bytes long.
func (l *Locator) receive(t transfer, f *os.File, body io.Reader, from int64, alive func()) error {
	buf := make([]byte, 256<<10)
	told := from
	l.progress(t.name, from, t.want.Size)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			alive()
			if from += int64(n); from > t.limit() {
				return permanent{fmt.Errorf("%s: %w: more than the expected %d bytes", t.dst, pinned.ErrMismatch, t.limit())}
			}
			if _, err := f.Write(buf[:n]); err != nil {
				return permanent{err}
			}
			if from-told >= progressStep {
				told = from
				l.progress(t.name, from, t.want.Size)
			}
		}
		if errors.Is(err, io.EOF) {
			l.progress(t.name, from, max(from, t.want.Size))
			return t.whole(from)
		}
		if err != nil {
			return err
		}
	}
}

// whole says whether the file is complete, as far as its size is known.
func (t transfer) whole(size int64) error {
	if size < t.want.Size {
		return fmt.Errorf("the connection ended after %d of %d bytes", size, t.want.Size)
	}
	return nil
}
