package cache

import "context"

// shrinkStep is the least number of entries that go at once.
const shrinkStep = 256

// shrink removes entries that were not used for the longest time while the
// cache is over its size: a bounded number a call, and more than came in, so
// that nobody waits long and the file still stays within its bound.
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
