package tokenizer

import (
	"fmt"
	"strings"
)

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
