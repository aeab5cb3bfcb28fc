package watcher

import (
	"maps"
	"slices"
	"time"
)

// pending gathers what changed until it has been quiet for a while, or has not been quiet for too long.
type pending struct {
	quiet, most time.Duration

	paths       map[string]bool
	everything  bool
	doubt       bool      // everything may have changed; else it is looked at without a reason
	first, last time.Time // of the changes gathered
	notBefore   time.Time // after a failure
}

// work is what one ingest has to look at.
type work struct {
	everything bool
	doubt      bool
	paths      []string // sorted
}

// mayLag are the ids that the index may not hold as they are, as long as this is not done.
func (w work) mayLag() []string {
	if w.doubt {
		return []string{"."}
	}
	return w.paths
}

// maxPaths is from where on a look at everything is cheaper than one at each (a checkout of another branch).
const maxPaths = 20000

func (p *pending) add(id string, now time.Time) {
	if p.paths == nil {
		p.paths = make(map[string]bool)
	}
	p.touch(now)
	p.paths[id] = true
	if len(p.paths) > maxPaths {
		p.all(now, true)
	}
}

// all has everything looked at. With doubt nobody knows what has changed.
func (p *pending) all(now time.Time, doubt bool) {
	p.touch(now)
	p.everything = true
	p.doubt = p.doubt || doubt
}

// mayLag are the ids that the index may not hold as they are, as far as is known.
func (p *pending) mayLag() []string {
	return work{doubt: p.doubt, paths: slices.Collect(maps.Keys(p.paths))}.mayLag()
}

func (p *pending) touch(now time.Time) {
	if len(p.paths) == 0 && !p.everything {
		p.first = now
	}
	p.last = now
}

// retry puts back what failed.
func (p *pending) retry(w work, now time.Time, after time.Duration) {
	p.put(w, now)
	p.notBefore = now.Add(after)
}

// put adds all of a work.
func (p *pending) put(w work, now time.Time) {
	if w.everything {
		p.all(now, w.doubt)
	}
	for _, id := range w.paths {
		p.add(id, now)
	}
}

// due is when the gathered changes shall be indexed; false when there are none.
func (p *pending) due() (time.Time, bool) {
	if len(p.paths) == 0 && !p.everything {
		return time.Time{}, false
	}
	at := p.last.Add(p.quiet)
	if latest := p.first.Add(p.most); latest.Before(at) {
		at = latest
	}
	if at.Before(p.notBefore) {
		at = p.notBefore
	}
	return at, true
}

// next empties the set.
func (p *pending) next() work {
	w := work{everything: p.everything, doubt: p.doubt, paths: slices.Sorted(maps.Keys(p.paths))}
	p.paths, p.everything, p.doubt, p.notBefore = nil, false, false, time.Time{}
	return w
}
