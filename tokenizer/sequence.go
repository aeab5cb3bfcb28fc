package tokenizer

// sequence is the tokens of one text, before special tokens are put around them.
type sequence struct {
	ids    []int32
	names  []string // with detail only
	spans  []span   // with detail only
	detail bool

	arcs []arc // scratch of the unigram model
	cuts []cut
	word []symbol // scratch of byte-pair encoding
	heap []uint64
}

func (q *sequence) reset(detail bool) {
	q.ids, q.names, q.spans, q.detail = q.ids[:0], q.names[:0], q.spans[:0], detail
}

// add appends a token; the caller appends its name when q.detail is set.
func (q *sequence) add(id int32, at span) {
	q.ids = append(q.ids, id)
	if q.detail {
		q.spans = append(q.spans, at)
	}
}

func (q *sequence) mark() int { return len(q.ids) }

// rewind drops the tokens added since mark.
func (q *sequence) rewind(mark int) {
	q.ids = q.ids[:mark]
	if q.detail {
		q.names, q.spans = q.names[:mark], q.spans[:mark]
	}
}

// cut keeps n tokens, the last ones when left is set.
func (q *sequence) cut(n int, left bool) {
	lo, hi := 0, n
	if left {
		lo, hi = len(q.ids)-n, len(q.ids)
	}
	q.ids = q.ids[lo:hi]
	if q.detail {
		q.names, q.spans = q.names[lo:hi], q.spans[lo:hi]
	}
}
