package batch

import (
	"cmp"
	"maps"
	"slices"

	"amalfa/store"
)

// While more batches of a run are to come, its links do not resolve: a name that many notes share would be looked up in every batch,
// and a large run take the square of its time. The Store remembers which names wait, and the database that some do:
//
//	unresolved  the generation in which the names that one Store remembers began to wait; 0 where no Store knows all of them
//
// The last batch of a run resolves the names that wait in its Store, and so does one in between when they are many. Those of a run that
// was cut off, which no Store remembers, wait for the last batch of a run over the whole workspace, which then looks at every link.

// MaxPending bounds the names that wait, in number: about 5 MB, and what one batch more takes for them. 100,000 notes of four links
// each have 400,000 names; one batch alone would take 13 s to resolve them in SQLite.
const MaxPending = 40_000

// NamesAtOnce bounds the names whose links are read at once.
const NamesAtOnce = 1000

// Pending are the names that wait in a Store. The zero value is none. A name too many in it does no harm.
type Pending struct {
	since int64 // what the database says while they are all that wait
	names map[string]bool
}

// Len is how many names wait.
func (p *Pending) Len() int { return len(p.names) }

// Failed is called after a batch that was not committed: another writer may take the generation in which the names began to wait.
func (p *Pending) Failed() { p.since = 0 }

// Links is a database of links, in the transaction that writes a batch.
type Links interface {
	// Names are the names of links after one, in their order.
	Names(after string, limit int) ([]string, error)
	// Open are the links to some names, by name.
	Open(names []string) (map[string][]OpenLink, error)
	// Filed is what is filed under some names, by name.
	Filed(names []string) (map[string]*Filed, error)
	// Point writes what links lead to.
	Point(changed []OpenLink) error
	// Unresolved reads what the database says of waiting names; nil where it says that none wait.
	Unresolved() (*int64, error)
	// SetUnresolved writes it.
	SetUnresolved(since *int64) error
	// NextGeneration is the one that the batch makes.
	NextGeneration() (int64, error)
}

// Resolve looks the links up again whose names changed hands in a batch, which are dirty, and in those before it. It tells whether
// nothing of p waits any more, once this is committed.
func Resolve(l Links, b store.Batch, p *Pending, dirty map[string]bool) (done bool, err error) {
	if OnlyVectors(b) {
		return false, nil
	}
	noted, err := l.Unresolved()
	if err != nil {
		return false, err
	}
	mine := noted != nil && *noted != 0 && *noted == p.since
	if b.More && len(p.names)+len(dirty) <= MaxPending {
		return false, p.postpone(l, dirty, noted != nil, mine)
	}
	if b.Whole && noted != nil && !mine {
		return true, cmp.Or(ResolveAll(l), l.SetUnresolved(nil))
	}
	maps.Copy(dirty, p.names)
	for some := range slices.Chunk(slices.Sorted(maps.Keys(dirty)), NamesAtOnce) {
		if err := resolveSome(l, some); err != nil {
			return false, err
		}
	}
	if mine {
		err = l.SetUnresolved(nil)
	}
	return true, err
}

// postpone leaves the names of this batch to a later one; some tells whether names wait already, and mine whether all those are of
// this Store.
func (p *Pending) postpone(l Links, dirty map[string]bool, some, mine bool) (err error) {
	if len(dirty) == 0 {
		return nil
	}
	if p.names == nil {
		p.names = map[string]bool{}
	}
	maps.Copy(p.names, dirty)
	if mine {
		return nil
	}
	p.since = 0
	if !some {
		if p.since, err = l.NextGeneration(); err != nil {
			return err
		}
	}
	return l.SetUnresolved(&p.since)
}

// ResolveAll looks every link up again.
func ResolveAll(l Links) error {
	for after := ""; ; {
		names, err := l.Names(after, NamesAtOnce)
		if err != nil || len(names) == 0 {
			return err
		}
		if err := resolveSome(l, names); err != nil {
			return err
		}
		after = names[len(names)-1]
	}
}

// resolveSome points the links to some names at the notes that answer to them, else at the files.
func resolveSome(l Links, names []string) error {
	open, err := l.Open(names)
	if err != nil || len(open) == 0 {
		return err
	}
	named := slices.Sorted(maps.Keys(open))
	filed, err := l.Filed(named)
	if err != nil {
		return err
	}
	var changed []OpenLink
	for _, name := range named {
		changed = append(changed, filed[name].changed(open[name])...)
	}
	if len(changed) == 0 {
		return nil
	}
	return l.Point(changed)
}
