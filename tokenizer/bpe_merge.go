package tokenizer

import (
	"fmt"
	"slices"
	"strings"
)

// symbol is a token while it may still merge.
type symbol struct {
	id   int32
	size int32 // bytes; 0: gone into the one before
	rank int32 // of the merge with the next one
	to   int32 // what they become

	prev, next int32 // in long pieces only; -1 for none
}

// longWord is how many characters a piece has at least that is merged by way of a heap. In a shorter
// one it is faster to look at all pairs again after each merge.
const longWord = 48

// merge merges until nothing does. The heap is scratch memory.
func (m *bpe) merge(word []symbol, heap *[]uint64) []symbol {
	for i := range word {
		m.rank(word, i, i+1)
	}
	if len(word) >= longWord {
		m.mergeLong(word, heap)
		return word
	}
	for {
		best := -1
		rank := noMerge
		for i := range word {
			if word[i].rank < rank {
				best, rank = i, word[i].rank
			}
		}
		if best < 0 {
			return word
		}
		word[best].id = word[best].to
		word[best].size += word[best+1].size
		word = slices.Delete(word, best+1, best+2)
		m.rank(word, best, best+1)
		if best > 0 {
			m.rank(word, best-1, best)
		}
	}
}

// rank notes what the symbols i and next become.
func (m *bpe) rank(word []symbol, i, next int) {
	if next < 0 || next >= len(word) {
		word[i].rank = noMerge
		return
	}
	word[i].rank, word[i].to = m.merges.get(word[i].id, word[next].id)
}

// mergeLong links the symbols to a list and keeps the pairs that can merge in a heap, by rank and
// then by place. Pairs that changed since they went in are passed over when they come out.
func (m *bpe) mergeLong(word []symbol, heap *[]uint64) {
	h := minHeap((*heap)[:0])
	for i := range word {
		word[i].prev, word[i].next = int32(i-1), int32(i+1)
		h.push(word, i)
	}
	word[len(word)-1].next = -1
	for len(h) > 0 {
		top := h.pop()
		i := int(uint32(top))
		s := &word[i]
		if s.size == 0 || s.rank != int32(top>>32) {
			continue
		}
		gone := &word[s.next]
		s.id, s.size, s.next = s.to, s.size+gone.size, gone.next
		gone.size = 0
		if s.next >= 0 {
			word[s.next].prev = int32(i)
		}
		m.rank(word, i, int(s.next))
		h.push(word, i)
		if s.prev >= 0 {
			m.rank(word, int(s.prev), i)
			h.push(word, int(s.prev))
		}
	}
	*heap = h
}

// minHeap holds pairs as their rank and, in the lower half, the place of their left symbol.
type minHeap []uint64

// push adds the pair that begins at i, if it can merge.
func (h *minHeap) push(word []symbol, i int) {
	if word[i].rank == noMerge {
		return
	}
	s := append(*h, uint64(word[i].rank)<<32|uint64(i))
	for at := len(s) - 1; at > 0; {
		up := (at - 1) / 2
		if s[up] <= s[at] {
			break
		}
		s[up], s[at] = s[at], s[up]
		at = up
	}
	*h = s
}

func (h *minHeap) pop() uint64 {
	s := *h
	top := s[0]
	last := len(s) - 1
	s[0] = s[last]
	s = s[:last]
	for at := 0; ; {
		down := 2*at + 1
		if down >= last {
			break
		}
		if down+1 < last && s[down+1] < s[down] {
			down++
		}
		if s[at] <= s[down] {
			break
		}
		s[at], s[down] = s[down], s[at]
		at = down
	}
	*h = s
	return top
}

// mergeConfig is a merge as a file has it: "a b" or, in newer ones, ["a", "b"].
type mergeConfig struct{ left, right string }

func readMerges(s *scanner) ([]mergeConfig, error) {
	merges := make([]mergeConfig, 0, len(s.data)/bytesPerEntry)
	err := s.array(func() error {
		m, ok, err := readMerge(s)
		if ok {
			merges = append(merges, m)
		}
		return err
	})
	return merges, err
}

// readMerge reads one merge, or finds that there is none: "#version: 0.2" heads many lists.
func readMerge(s *scanner) (m mergeConfig, ok bool, err error) {
	if s.peek() == '[' {
		parts := []*string{&m.left, &m.right}
		err := s.array(func() error {
			if len(parts) == 0 {
				return s.fail("want a merge of two")
			}
			var err error
			*parts[0], err = s.str()
			parts = parts[1:]
			return err
		})
		return m, len(parts) == 0, err
	}
	line, err := s.str()
	if err != nil || strings.HasPrefix(line, "#version") {
		return m, false, err
	}
	m.left, m.right, ok = strings.Cut(line, " ")
	if !ok || strings.Contains(m.right, " ") {
		return m, false, s.fail(fmt.Sprintf("merge %q is not two tokens", line))
	}
	return m, true, nil
}

// noMerge ranks behind all merges.
const noMerge = int32(1<<31 - 1)

// mergeTable tells what two tokens that stand side by side become, and how soon: a hash table
// with open addressing, since it is asked once or twice for each byte of a text.
type mergeTable struct {
	slots []mergeSlot // a power of two of them
	shift int
}

type mergeSlot struct {
	pair uint64
	rank int32 // noMerge: a free slot
	id   int32
}

// newMergeTable has room for n merges.
func newMergeTable(n int) *mergeTable {
	t := &mergeTable{shift: 64 - 4}
	for 1<<(64-t.shift) < 2*n {
		t.shift--
	}
	t.slots = make([]mergeSlot, 1<<(64-t.shift))
	for i := range t.slots {
		t.slots[i].rank = noMerge
	}
	return t
}

// slot returns where the pair is, or the free slot where it would be.
func (t *mergeTable) slot(pair uint64) *mergeSlot {
	const golden = 0x9E3779B97F4A7C15 // 2^64 divided by the golden ratio spreads the pairs
	for i := pair * golden >> t.shift; ; i = (i + 1) & uint64(len(t.slots)-1) {
		if s := &t.slots[i]; s.rank == noMerge || s.pair == pair {
			return s
		}
	}
}

// put sets a merge; of the same pair twice, the last counts.
func (t *mergeTable) put(left, right, rank, id int32) {
	pair := uint64(left)<<32 | uint64(right)
	*t.slot(pair) = mergeSlot{pair, rank, id}
}

// get returns the rank and the token of a pair, noMerge for none.
func (t *mergeTable) get(left, right int32) (rank, id int32) {
	s := t.slot(uint64(left)<<32 | uint64(right))
	return s.rank, s.id
}
