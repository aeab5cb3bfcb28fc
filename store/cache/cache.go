package cache

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
)

// MaxValue is the largest value that is kept, in bytes.
const MaxValue = 1 << 20

// Key is the address of a value: a digest of everything that the value was made
// of. It is an alias, so that who uses a cache need not know this package.
type Key = [sha256.Size]byte

// ErrDamaged reports a cache that cannot be read. The next process that has it alone replaces it.
var ErrDamaged = errors.New("cache is damaged")

// Options of Open.
type Options struct {
	MaxBytes int64            // of the file; entries that were not used for the longest time go first
	Now      func() time.Time // for the day of an entry's last use; nil = time.Now
}

// Cache is open in this process. Safe for concurrent use, also by many
// processes; one that is killed loses what it was just writing.
type Cache struct {
	path  string
	o     Options
	db    *sql.DB
	find  *sql.Stmt // by key
	lock  *flock.Flock
	wrong atomic.Int64
}

// Get returns the values that are there. One whose checksum does not fit counts
// as absent. Values of other keys are returned beside an error.
func (c *Cache) Get(ctx context.Context, keys []Key) (map[Key][]byte, error) {
	found := make(map[Key][]byte, len(keys))
	stale, err := c.read(ctx, keys, found)
	if err == nil && len(stale) > 0 {
		err = c.touch(ctx, stale)
	}
	return found, c.wrap("read", err)
}

// read fills found and returns the keys whose last use was on another day.
func (c *Cache) read(ctx context.Context, keys []Key, found map[Key][]byte) (stale []Key, err error) {
	today := c.today()
	for _, key := range keys {
		if ctx.Err() != nil {
			return stale, ctx.Err()
		}
		var used int64
		var stored []byte
		// Not with ctx: to watch one costs more than to read one entry.
		err := c.find.QueryRowContext(context.WithoutCancel(ctx), key[:]).Scan(&used, &stored)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return stale, err
		}
		value, ok := unseal(key, stored)
		if !ok {
			c.wrong.Add(1)
			continue
		}
		if found[key] = value; used != today {
			stale = append(stale, key)
		}
	}
	return stale, nil
}

// touch writes the day of use, once a day: a cache that is only read stays on the reading side of the lock.
func (c *Cache) touch(ctx context.Context, keys []Key) error {
	return c.write(ctx, "UPDATE entry SET used = ? WHERE key = ?", func(do *sql.Stmt) error {
		for _, key := range keys {
			if _, err := do.ExecContext(ctx, c.today(), key[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Put keeps values, all or none. One over MaxValue is left out. What goes over Options.MaxBytes pushes older entries out.
func (c *Cache) Put(ctx context.Context, entries map[Key][]byte) error {
	const insert = "INSERT INTO entry (key, used, value) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET used = excluded.used, value = excluded.value"
	err := c.write(ctx, insert, func(do *sql.Stmt) error {
		for key, value := range entries {
			if len(value) > MaxValue {
				continue
			}
			if _, err := do.ExecContext(ctx, key[:], c.today(), seal(key, value)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = c.shrink(ctx, 2*len(entries))
	}
	return c.wrap("write", err)
}

// write runs one statement many times in one transaction.
func (c *Cache) write(ctx context.Context, statement string, each func(*sql.Stmt) error) error {
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	do, err := tx.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	defer do.Close()
	if err := each(do); err != nil {
		return err
	}
	return tx.Commit()
}

// Stats is what a cache holds.
type Stats struct {
	Entries int64
	Bytes   int64 // of the file
	Wrong   int64 // entries whose checksum did not fit, seen by this process
}

// Stats counts.
func (c *Cache) Stats(ctx context.Context) (Stats, error) {
	s := Stats{Wrong: c.wrong.Load()}
	err := c.db.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM entry), page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&s.Entries, &s.Bytes)
	return s, c.wrap("count", err)
}

// Clear forgets everything, for other processes too, and gives the space back.
func (c *Cache) Clear(ctx context.Context) error {
	for _, statement := range []string{"DELETE FROM entry", "PRAGMA incremental_vacuum", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := c.db.ExecContext(ctx, statement); err != nil {
			return c.wrap("clear", err)
		}
	}
	return nil
}

// Close waits for running calls. Other processes are not affected.
func (c *Cache) Close() error { return errors.Join(c.find.Close(), c.db.Close(), c.lock.Close()) }

func (c *Cache) today() int64 { return c.o.Now().Unix() / (24 * 3600) }

// wrap puts the operation and the file before an error, and leaves a mark for the next process where the file is damaged.
func (c *Cache) wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	if damaged(err) {
		err = errors.Join(ErrDamaged, err, mark(c.path))
	}
	return fmt.Errorf("%s cache %s: %w", op, c.path, err)
}
