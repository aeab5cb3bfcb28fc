// Package cache keeps small values under content addresses, for all processes of a user at once and beyond their lives. A
// lost entry costs time and nothing else, so nothing here is worth failing for.
//
// On disk, beside each other, 0600 in a folder 0700:
//
//	NAME        an SQLite database: entry(id, key, used, value); value begins with a checksum
//	NAME-wal    its log, NAME-shm its shared memory
//	NAME.lock   held shared by whoever has it open, alone by who replaces a damaged one
//	NAME.bad    says that a process found it damaged: the next one that is alone begins anew
package cache

import (
	"bytes"
	"context"
	"crypto/sha256"
)

// sumSize is how many bytes of a SHA-256 stand before a stored value. It is
// there against disks and crashes, not against people.
const sumSize = 8

// seal puts a checksum over key and value before the value, so that neither a
// damaged value nor one that a damaged index leads to can pass for another.
func seal(key Key, value []byte) []byte {
	return append(sum(key, value), value...)
}

// unseal returns the value, unless its checksum says that it is not the key's.
func unseal(key Key, stored []byte) ([]byte, bool) {
	if len(stored) < sumSize {
		return nil, false
	}
	value := stored[sumSize:]
	return value, bytes.Equal(stored[:sumSize], sum(key, value))
}

func sum(key Key, value []byte) []byte {
	h := sha256.New()
	h.Write(key[:])
	h.Write(value)
	return h.Sum(nil)[:sumSize:sumSize]
}

// shrinkStep is the least number of entries that go at once.
const shrinkStep = 256

// shrink removes entries that were not used for the longest time while the cache is over its size: a bounded number a call,
// and more than came in, so that nobody waits long and the file still stays within its bound.
func (c *Cache) shrink(ctx context.Context, atLeast int) error {
	live, free, err := c.size(ctx)
	if err != nil {
		return err
	}
	if live > c.o.MaxBytes {
		const oldest = "DELETE FROM entry WHERE id IN (SELECT id FROM entry ORDER BY used, id LIMIT ?)"
		if _, err := c.db.ExecContext(ctx, oldest, max(atLeast, shrinkStep)); err != nil {
			return err
		}
	}
	if live+free > c.o.MaxBytes {
		_, err = c.db.ExecContext(ctx, "PRAGMA incremental_vacuum(1024)")
	}
	return err
}

// size returns the bytes of the pages in use and of the free ones.
func (c *Cache) size(ctx context.Context) (live, free int64, err error) {
	const query = "SELECT (page_count - freelist_count) * page_size, freelist_count * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
	err = c.db.QueryRowContext(ctx, query).Scan(&live, &free)
	return live, free, err
}
