package tokenizer

// maxPiece bounds the length of one vocabulary entry in bytes, and with it the work at each
// position of a text. The longest entries of real vocabularies are rows of dashes under 300.
const maxPiece = 1024

// trie is a double-array trie over bytes: the child of node n by byte c is n.base^c if that
// node's parent is n. All entries share one array, so a lookup step is one memory access.
type trie struct {
	nodes []node
}

type node struct {
	base   int32
	parent int32 // -1 for a free node
	value  int32 // -1 for a node that ends no entry
}

// entry is one key of a trie.
type entry struct {
	key   string
	value int32
}

// root is the number of the root node.
const root = 0

// step returns the child of n by c.
func (t *trie) step(n int32, c byte) (int32, bool) {
	i := t.nodes[n].base ^ int32(c)
	// The unsigned comparison also turns away a base of a node without children.
	if uint32(i) >= uint32(len(t.nodes)) || t.nodes[i].parent != n {
		return 0, false
	}
	return i, true
}

// walk follows key from n.
func (t *trie) walk(n int32, key []byte) (int32, bool) {
	for _, c := range key {
		next, ok := t.step(n, c)
		if !ok {
			return 0, false
		}
		n = next
	}
	return n, true
}

// find returns the value of key.
func (t *trie) find(key []byte) (int32, bool) {
	n, ok := t.walk(root, key)
	if !ok || t.nodes[n].value < 0 {
		return 0, false
	}
	return t.nodes[n].value, true
}

// longest returns the value and length of the longest entry that s starts with, walking from n.
func (t *trie) longest(n int32, s []byte) (value int32, length int) {
	value = -1
	for i, c := range s {
		next, ok := t.step(n, c)
		if !ok {
			break
		}
		n = next
		if v := t.nodes[n].value; v >= 0 {
			value, length = v, i+1
		}
	}
	return value, length
}
