package tokenizer

// link makes states of a group that lead to next.
func (c choice) link(next *state) *state {
	if len(c) == 1 {
		return linkSequence(c[0], next)
	}
	n := &state{op: opAlt}
	for _, seq := range c {
		n.alts = append(n.alts, linkSequence(seq, next))
	}
	return n
}

func linkSequence(seq []item, next *state) *state {
	for i := len(seq) - 1; i >= 0; i-- {
		next = seq[i].link(next)
	}
	return next
}

func (it item) link(next *state) *state {
	switch {
	case it.look:
		return &state{op: opLook, not: it.not, body: it.group.link(&state{op: opEnd}), next: next}
	case it.group == nil:
		return it.linkSet(next)
	case it.keep:
		it.keep = false
		return &state{op: opAtomic, body: it.link(&state{op: opEnd}), next: next}
	}
	head := next
	for i := it.max; i > 0; i-- {
		head = it.group.link(head)
		if i > it.min {
			head = &state{op: opAlt, alts: []*state{head, next}}
		}
	}
	return head
}

func (it item) linkSet(next *state) *state {
	if c, ok := it.set.single(); ok && it.min == 1 && it.max == 1 {
		lit := string(c)
		if next.op == opLiteral {
			return &state{op: opLiteral, lit: []byte(lit + string(next.lit)), next: next.next}
		}
		return &state{op: opLiteral, lit: []byte(lit), next: next}
	}
	return &state{op: opRepeat, set: it.set.compiled(), min: it.min, max: it.max, keep: it.keep, next: next}
}
