package sqlite

import (
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// dsn is the connection string: WAL with synchronous NORMAL keeps the index consistent after any crash and may lose the last
// batches only at a power cut, which the next run makes good, since a file's hash is committed with its chunks.
func dsn(path string, o Options, immutable bool) string {
	q := url.Values{}
	busy := o.BusyTimeout
	if busy <= 0 {
		busy = 10 * time.Second
	}
	q.Set("_busy_timeout", strconv.FormatInt(busy.Milliseconds(), 10))
	q.Set("_foreign_keys", "on")
	q.Set("_txlock", "immediate")
	q.Set("_dqs", "false")
	q.Set("_defensive", "true") // the file may come from a stranger: no schema tricks
	q["_pragma"] = []string{"trusted_schema(off)", "temp_store(memory)", "cache_size(-16384)", "mmap_size(0)"}
	switch {
	case immutable:
		q.Set("mode", "ro")
		q.Set("immutable", "1")
	case o.ReadOnly:
		q.Set("mode", "ro")
		q.Set("_query_only", "on")
	default:
		q.Set("mode", "rw")
		q.Set("_journal_mode", "WAL")
		q.Set("_synchronous", "NORMAL")
	}
	return fileURL(path) + "?" + q.Encode()
}

// fileURL is SQLite's own form of a path: absolute, with slashes, and with a leading slash before a drive letter.
func fileURL(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String()
}
