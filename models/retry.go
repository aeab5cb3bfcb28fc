package models

import (
	"context"
	"crypto/sha1" // #nosec G505 -- git's object names; the SHA-256 is recorded beside it
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"amalfa/models/pinned"
)

// A permanent error is not helped by another try.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// A busy error asks for a pause before the next try.
type busy struct {
	error
	pause time.Duration
}

// retriable takes the permanence off an error.
func retriable(err error) error {
	var p permanent
	if errors.As(err, &p) {
		return p.error
	}
	return err
}

// errStalled reports a server that gave nothing for the time of Stall.
var errStalled = errors.New("the server sent nothing for too long")

// retry runs f again, up to maxRetries times with growing pauses, while its error may pass.
func (l *Locator) retry(ctx context.Context, f func() error) error {
	pause := l.Backoff
	if pause <= 0 {
		pause = defaultBackoff
	}
	for try := 0; ; try++ {
		err := f()
		var p permanent
		if err == nil || ctx.Err() != nil || errors.As(err, &p) || errors.Is(err, errInsecure) || try == maxRetries {
			return err
		}
		wait := pause << try
		var b busy
		if errors.As(err, &b) && b.pause > 0 {
			wait = min(b.pause, maxRetryAfter)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w (interrupted: %w)", err, ctx.Err())
		}
	}
}

// watch returns a context that ends with errStalled when alive is not called for the time of Stall. It runs from
// before the first byte.
func (l *Locator) watch(ctx context.Context) (_ context.Context, alive, stop func()) {
	limit := l.Stall
	if limit <= 0 {
		limit = defaultStall
	}
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(limit, func() { cancel(errStalled) })
	return ctx, func() { timer.Reset(limit) }, func() {
		timer.Stop()
		cancel(nil)
	}
}

// stalled gives an error its real cause when watch ended the context.
func stalled(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errStalled) {
		return errStalled
	}
	return err
}

// send makes one request for the bytes as they are: without the header the transport would ask for gzip, and
// unpack it without a limit.
func send(ctx context.Context, c *http.Client, method string, u *url.URL, h http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, permanent{err}
	}
	for k, v := range h {
		req.Header[k] = v
	}
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", "amalfa")
	return c.Do(req)
}

// statusError is permanent unless the status says that the server may recover.
func statusError(resp *http.Response) error {
	err := fmt.Errorf("%s answered %s", resp.Request.URL.Host, resp.Status)
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return permanent{fmt.Errorf("%w (a gated model needs HF_TOKEN and its terms accepted on the hub)", err)}
	case code == http.StatusTooManyRequests || code == http.StatusRequestTimeout || code >= 500:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return busy{err, time.Duration(min(max(seconds, 0), 3600)) * time.Second}
	}
	return permanent{err}
}

// checkBlob holds a file against git's name for its content: SHA-1 over "blob SIZE\0" and the bytes.
func checkBlob(path, dst, want string, size int64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha1.New() // #nosec G401 -- git names objects by SHA-1; the SHA-256 is recorded beside it
	fmt.Fprintf(h, "blob %d\x00", size)
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("%s: %w: expected git object %s, got %s", dst, pinned.ErrMismatch, want, got)
	}
	return nil
}
