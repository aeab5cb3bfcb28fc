package tokenizer

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// precompiled is a sentencepiece table of replacements: a double array over UTF-8 bytes whose
// values point into a pool of strings that end in a zero byte.
type precompiled struct {
	u     *unicodeTables
	units []uint32
	pool  []byte
	ascii [utf8.RuneSelf]string
	keep  [utf8.RuneSelf]bool // ASCII without an entry in the table
}

func readPrecompiled(raw json.RawMessage, u *unicodeTables) (normalizer, error) {
	var c struct {
		Charsmap *string `json:"precompiled_charsmap"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	if c.Charsmap == nil {
		return nil, errors.New("no precompiled_charsmap")
	}
	blob, err := base64.StdEncoding.DecodeString(*c.Charsmap)
	if err != nil {
		return nil, err
	}
	return newPrecompiled(blob, u)
}

// newPrecompiled reads the size of the array in bytes, the array, the pool.
func newPrecompiled(blob []byte, u *unicodeTables) (*precompiled, error) {
	if len(blob) < 4 {
		return nil, errors.New("charsmap shorter than its header")
	}
	size := uint64(binary.LittleEndian.Uint32(blob)) / 4
	if rest := uint64(len(blob) - 4); size == 0 || size*4 > rest {
		return nil, errors.New("charsmap shorter than its header says")
	}
	n := &precompiled{u: u, units: make([]uint32, size), pool: blob[4+size*4:]}
	for i := range n.units {
		n.units[i] = binary.LittleEndian.Uint32(blob[4+i*4:])
	}
	if !utf8.Valid(n.pool) {
		return nil, errors.New("charsmap holds text that is not UTF-8")
	}
	for entry := range bytes.SplitSeq(n.pool, []byte{0}) {
		if err := checkInsert(string(entry)); err != nil {
			return nil, err
		}
	}
	for c := range n.ascii {
		to, ok := n.find([]byte{byte(c)})
		n.ascii[c], n.keep[c] = string(to), !ok
	}
	return n, nil
}

// Fields of a unit of the array.
func unitLabel(u uint32) uint32  { return u & (1<<31 | 0xFF) }
func unitOffset(u uint32) uint32 { return u >> 10 << (u & (1 << 9) >> 6) }
func unitEnds(u uint32) bool     { return u>>8&1 == 1 }

// find returns the replacement of the shortest entry that b starts with.
func (n *precompiled) find(b []byte) ([]byte, bool) {
	pos := unitOffset(n.units[0])
	for _, c := range b {
		pos ^= uint32(c)
		if c == 0 || pos >= uint32(len(n.units)) || unitLabel(n.units[pos]) != uint32(c) {
			return nil, false
		}
		unit := n.units[pos]
		pos ^= unitOffset(unit)
		if unitEnds(unit) {
			return n.replacement(pos)
		}
	}
	return nil, false
}

func (n *precompiled) replacement(pos uint32) ([]byte, bool) {
	if pos >= uint32(len(n.units)) {
		return nil, false
	}
	start := n.units[pos] & (1<<31 - 1)
	if start > uint32(len(n.pool)) || start < uint32(len(n.pool)) && !utf8.RuneStart(n.pool[start]) {
		return nil, false
	}
	end := int(start)
	for end < len(n.pool) && n.pool[end] != 0 {
		end++
	}
	return n.pool[start:end], true
}

// shortCluster is the size from which a grapheme cluster is not looked up as a whole.
const shortCluster = 6

// normalize replaces each short cluster by the entry it starts with, which loses what follows in
// the cluster, and in any other cluster each character by itself, as the Python library does.
func (n *precompiled) normalize(dst *text, src text) error {
	w := writer{dst: dst, src: src}
	for w.i < len(src.b) {
		c := src.b[w.i]
		if c < utf8.RuneSelf && c != '\r' && (w.i+1 == len(src.b) || src.b[w.i+1] < utf8.RuneSelf) {
			n.single(&w, c)
			continue
		}
		end := n.u.clusterEnd(src.b, w.i)
		if end-w.i < shortCluster {
			if to, ok := n.find(src.b[w.i:end]); ok {
				n.put(dst, &w, to, utf8.RuneCount(src.b[w.i:end]))
				continue
			}
		}
		for w.i < end {
			_, size := utf8.DecodeRune(src.b[w.i:])
			if to, ok := n.find(src.b[w.i : w.i+size]); ok {
				n.put(dst, &w, to, 1)
			} else {
				w.copy(size)
			}
		}
	}
	widenFirst(dst, src)
	return nil
}

// widenFirst lets the first character of dst come from the start of src even if what stood there
// was dropped. The library does so too, and Metaspace's scheme "first" depends on it.
func widenFirst(dst *text, src text) {
	if len(dst.at) == 0 {
		return
	}
	first := dst.at[0]
	for i := 0; i < len(dst.at) && dst.at[i] == first; i++ {
		dst.at[i].lo = src.at[0].lo
	}
}

// single handles an ASCII character that is a cluster of its own.
func (n *precompiled) single(w *writer, c byte) {
	if n.keep[c] {
		w.copy(1)
		return
	}
	n.put(w.dst, w, []byte(n.ascii[c]), 1)
}

// put replaces the next count characters by to: one for one, the rest new or dropped.
func (n *precompiled) put(dst *text, w *writer, to []byte, count int) {
	if len(to) == 0 {
		for range count {
			_, size := utf8.DecodeRune(w.src.b[w.i:])
			w.drop(size)
		}
		return
	}
	total := utf8.RuneCount(to)
	for i := 0; len(to) > 0; i++ {
		r, size := utf8.DecodeRune(to)
		to = to[size:]
		switch {
		case i >= count:
			w.put(r, 1)
		case i == total-1:
			w.put(r, total-count)
		default:
			w.put(r, 0)
		}
	}
}
