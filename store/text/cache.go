package text

import "sync"

// A Cache keeps the newest snapshot of an index and the pages that questions used. Safe for concurrent use. The zero value is ready; a
// nil one keeps no pages.
type Cache struct {
	mu     sync.Mutex
	newest *Snapshot
	pages  map[int64][]byte // unsealed
	bytes  int              // of pages
}

// maxPages bounds the pages in memory, in bytes: what 60 mixed questions read of a million chunks.
const maxPages = 96 << 20

// Newest returns the snapshot that was put last, or nil.
func (c *Cache) Newest() *Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.newest
}

// Replace takes the newest snapshot, and forgets the pages of segments that were merged into others: no question asks for them again.
// Otherwise a process that answers for days while notes change would keep as many of them as it may.
func (c *Cache) Replace(next *Snapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.newest
	c.newest = next
	if known == nil {
		return
	}
	stays := map[int64]bool{}
	for _, s := range next.Segments {
		stays[s.Key] = true
	}
	for _, s := range known.Segments {
		if stays[s.Key] {
			continue
		}
		for _, key := range s.Pages() {
			c.bytes -= len(c.pages[key])
			delete(c.pages, key)
		}
	}
}

// Get returns the body of a page, or nil.
func (c *Cache) Get(key int64) []byte {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pages[key]
}

// Put keeps the body of a page. Where there is no room left, others make some.
func (c *Cache) Put(key int64, page []byte) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pages == nil {
		c.pages = map[int64][]byte{}
	}
	for old, p := range c.pages { // in no order: any page makes room
		if c.bytes+len(page) <= maxPages {
			break
		}
		delete(c.pages, old)
		c.bytes -= len(p)
	}
	if c.pages[key] == nil {
		c.pages[key] = page
		c.bytes += len(page)
	}
}

// Pages returns the keys of the pages that are kept, and their bytes.
func (c *Cache) Pages() (keys []int64, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range c.pages {
		keys = append(keys, key)
	}
	return keys, c.bytes
}
