package models

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"amalfa/models/pinned"
)

// metadata is what the hub says about a file before it is fetched.
type metadata struct {
	commit string
	want   pinned.File
	blob   string // git's SHA-1 of a small file, "" when the hub gives a SHA-256
}

// describe asks the hub for a file's commit, size and digest. The answer is the first one that is not a redirect
// within the hub itself: a redirect to its storage carries the headers, the storage does not.
func (l *Locator) describe(ctx context.Context, h hub, f remote, revision string) (metadata, error) {
	var out metadata
	err := l.retry(ctx, func() error {
		var err error
		out, err = l.describeOnce(ctx, h, h.file(f, revision))
		return err
	})
	if err != nil {
		return metadata{}, fmt.Errorf("ask for %s of %s: %w", f.path, f.repo, err)
	}
	return out, nil
}

func (l *Locator) describeOnce(ctx context.Context, h hub, u *url.URL) (metadata, error) {
	client := l.client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var commit string
	for range maxRedirects {
		ctx, alive, stop := l.watch(ctx)
		resp, err := send(ctx, client, http.MethodHead, u, h.header())
		alive()
		stop()
		if err != nil {
			return metadata{}, stalled(ctx, err)
		}
		resp.Body.Close()
		if c := resp.Header.Get("X-Repo-Commit"); c != "" {
			commit = c
		}
		next, err := resp.Location()
		within := err == nil && next.Host == h.base.Host && next.Scheme == h.base.Scheme
		if resp.StatusCode/100 == 3 && within && resp.Header.Get("X-Linked-Etag") == "" {
			u = next
			continue
		}
		if resp.StatusCode/100 == 3 || resp.StatusCode == http.StatusOK {
			return parseMetadata(resp, commit)
		}
		return metadata{}, statusError(resp)
	}
	return metadata{}, permanent{fmt.Errorf("more than %d redirects", maxRedirects)}
}

// parseMetadata reads the hub's headers. A digest that is neither a SHA-256 nor git's SHA-1 counts as none.
func parseMetadata(resp *http.Response, commit string) (metadata, error) {
	m := metadata{commit: commit}
	if commit != "" && !isHex(commit, 40) {
		return metadata{}, permanent{fmt.Errorf("the hub names a commit that is none: %q", commit)}
	}
	size := resp.Header.Get("X-Linked-Size")
	if size == "" && resp.StatusCode == http.StatusOK {
		size = resp.Header.Get("Content-Length")
	}
	if n, err := strconv.ParseInt(size, 10, 64); err == nil && n > 0 {
		m.want.Size = n
	}
	etag := resp.Header.Get("X-Linked-Etag")
	if etag == "" {
		etag = resp.Header.Get("ETag")
	}
	etag = strings.ToLower(strings.Trim(strings.TrimPrefix(etag, "W/"), `"`))
	switch {
	case isSum(etag):
		m.want.SHA256 = etag
	case isHex(etag, 40):
		m.blob = etag
	}
	return m, nil
}

func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}
