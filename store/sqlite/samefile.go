package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"os"

	"modernc.org/sqlite"

	"amalfa/store"
)

// A connector opens connections to one file for life. [sql.DB] opens them when it needs them, and SQLite finds the log and the shared
// memory by the path: where another index lies by then, one handle would read and write two.
type connector struct {
	name, path string
	file       os.FileInfo
}

func (c *connector) Driver() driver.Driver { return &sqlite.Driver{} }

// Connect returns store.ErrReplaced where another file, or none, is at the path before the connection has all its files open.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.open(ctx)
	if now, statErr := os.Stat(c.path); statErr == nil && os.SameFile(now, c.file) {
		return conn, err
	}
	if conn != nil {
		_ = conn.Close()
	}
	return nil, fmt.Errorf("open index %s: %w", c.path, store.ErrReplaced)
}

// open reads something, because SQLite opens the log and the shared memory at the first read.
func (c *connector) open(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.name)
	if err != nil {
		return nil, err
	}
	if _, err := conn.(driver.ExecerContext).ExecContext(ctx, "SELECT count(*) FROM sqlite_master", nil); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// Replaced tells whether another file than this index is at its path now, or none: what is written here is lost.
func (s *Store) Replaced() bool {
	now, err := os.Stat(s.path)
	return os.IsNotExist(err) || err == nil && !os.SameFile(now, s.file)
}
