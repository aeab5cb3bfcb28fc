package tokenizer

import "unicode/utf8"

// writer appends to dst what becomes of src and keeps track of origins as the Python library does.
type writer struct {
	dst *text
	src text
	i   int // bytes of src used up
}

// copy takes the next n bytes over as they are.
func (w *writer) copy(n int) {
	w.dst.appendText(w.src.slice(w.i, w.i+n))
	w.i += n
}

// drop leaves the next n bytes out.
func (w *writer) drop(n int) { w.i += n }

// put appends r. With change 0 it replaces the next character of src; with -n it replaces that
// and the n after it; with 1 it is new and takes the origin of the byte before.
func (w *writer) put(r rune, change int) {
	at := w.i
	if change > 0 {
		at--
	}
	w.dst.appendRune(r, w.origin(at), len(w.src.at) > 0)
	for ; change <= 0 && w.i < len(w.src.b); change++ {
		_, n := utf8.DecodeRune(w.src.b[w.i:])
		w.i += n
	}
}

func (w *writer) origin(i int) span {
	if i < 0 || i >= len(w.src.at) {
		return span{}
	}
	return w.src.at[i]
}
