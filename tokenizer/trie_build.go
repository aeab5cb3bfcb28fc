package tokenizer

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

const (
	noParent  = -2 // of the root; no node has this number
	blockSize = 256
	// openBlocks is how many of the newest blocks are searched for room. Older ones are nearly
	// full, and searching them as well would take longer than the space is worth.
	openBlocks = 16
	// maxBlocks keeps node numbers inside 31 bits.
	maxBlocks = 1 << 22
)

// newTrie builds a trie of the entries. Of equal keys the last one counts; empty keys are left out.
func newTrie(entries []entry) (*trie, error) {
	for _, e := range entries {
		if len(e.key) > maxPiece {
			return nil, fmt.Errorf("vocabulary entry of %d bytes, at most %d are supported", len(e.key), maxPiece)
		}
	}
	entries = sorted(entries)
	room := countNodes(entries)
	b := builder{nodes: make([]node, 0, room+room/16+2*blockSize)}
	b.grow()
	b.claim(root, noParent)
	if err := b.insert(entries); err != nil {
		return nil, err
	}
	return &trie{nodes: slices.Clip(b.nodes)}, nil
}

// sorted returns a copy of the entries in order of their keys, equal ones as they stood. Comparing
// the first eight bytes as a number settles most pairs without looking at the keys.
func sorted(entries []entry) []entry {
	type place struct {
		head uint64
		i    int32
	}
	order := make([]place, len(entries))
	for i, e := range entries {
		var head [8]byte
		copy(head[:], e.key)
		order[i] = place{binary.BigEndian.Uint64(head[:]), int32(i)}
	}
	slices.SortFunc(order, func(a, b place) int {
		if a.head != b.head {
			return cmp.Compare(a.head, b.head)
		}
		if c := cmp.Compare(entries[a.i].key, entries[b.i].key); c != 0 {
			return c
		}
		return cmp.Compare(a.i, b.i)
	})
	out := make([]entry, len(entries))
	for i, p := range order {
		out[i] = entries[p.i]
	}
	return out
}

// countNodes returns how many nodes the trie of sorted entries has, without the root.
func countNodes(entries []entry) int {
	n, last := 0, ""
	for _, e := range entries {
		shared := 0
		for shared < len(last) && shared < len(e.key) && last[shared] == e.key[shared] {
			shared++
		}
		n += len(e.key) - shared
		last = e.key
	}
	return n
}

// builder places the nodes of a trie. Each block of 256 nodes has a list of its free ones.
type builder struct {
	nodes []node
	free  []uint64 // four words of bits for each block, a set bit is a free node
	open  int      // first block that is searched for room
}

// task is one node whose children are still to be placed: the entries lo to hi share its path.
type task struct {
	node   int32
	lo, hi int
	depth  int
}

func (b *builder) insert(entries []entry) error {
	work := []task{{node: root, lo: 0, hi: len(entries)}}
	var labels []byte
	var ends []int
	for len(work) > 0 {
		t := work[len(work)-1]
		work = work[:len(work)-1]
		for t.lo < t.hi && len(entries[t.lo].key) == t.depth {
			if t.depth > 0 {
				b.nodes[t.node].value = entries[t.lo].value
			}
			t.lo++
		}
		if t.lo == t.hi {
			continue
		}
		labels, ends = children(entries, t, labels[:0], ends[:0])
		base, err := b.place(labels)
		if err != nil {
			return err
		}
		b.nodes[t.node].base = base
		lo := t.lo
		for i, c := range labels {
			child := base ^ int32(c)
			b.claim(child, t.node)
			work = append(work, task{node: child, lo: lo, hi: ends[i], depth: t.depth + 1})
			lo = ends[i]
		}
	}
	return nil
}

// children lists the bytes that follow t's path and where the entries of each end.
func children(entries []entry, t task, labels []byte, ends []int) ([]byte, []int) {
	for i := t.lo; i < t.hi; {
		c := entries[i].key[t.depth]
		j := i + 1
		for j < t.hi && entries[j].key[t.depth] == c {
			j++
		}
		labels, ends = append(labels, c), append(ends, j)
		i = j
	}
	return labels, ends
}

// place finds a base where the nodes of all labels are free.
func (b *builder) place(labels []byte) (int32, error) {
	for block := b.open; block < len(b.free)/4; block++ {
		if base, ok := b.fit(block, labels); ok {
			return base, nil
		}
	}
	block := len(b.free) / 4
	if block >= maxBlocks {
		return 0, errors.New("vocabulary too large")
	}
	b.grow()
	b.open = max(b.open, block-openBlocks)
	base, _ := b.fit(block, labels)
	return base, nil
}

// fit looks for a base inside one block. A base stays in its block, since a label is one byte.
func (b *builder) fit(block int, labels []byte) (int32, bool) {
	words := b.free[block*4 : block*4+4]
	for w, word := range words {
		for rest := word; rest != 0; rest &= rest - 1 {
			slot := w*64 + bits.TrailingZeros64(rest)
			if base := byte(slot) ^ labels[0]; allFree(words, base, labels) {
				return int32(block*blockSize + int(base)), true
			}
		}
	}
	return 0, false
}

func allFree(words []uint64, base byte, labels []byte) bool {
	for _, c := range labels[1:] {
		slot := base ^ c
		if words[slot/64]&(1<<(slot%64)) == 0 {
			return false
		}
	}
	return true
}

func (b *builder) claim(n, parent int32) {
	b.nodes[n].parent = parent
	b.free[n/64] &^= 1 << (n % 64)
}

func (b *builder) grow() {
	for range blockSize {
		b.nodes = append(b.nodes, node{base: -1, parent: -1, value: -1})
	}
	b.free = append(b.free, ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0))
}
