package tokenizer

import "fmt"

// run is one text on its way through the tokenizer.
type run struct {
	t   *Tokenizer
	s   *scratch
	q   *sequence
	o   Options
	err error // the first
}

// tokenize fills the i-th sequence of s with the tokens of str.
func (t *Tokenizer) tokenize(s *scratch, i int, str string, o Options) error {
	q := &s.seqs[i]
	q.reset(o.Detail)
	if len(str) > MaxText {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTextTooLong, len(str), MaxText)
	}
	s.input.load(str, o.Detail || t.origins)
	r := run{t: t, s: s, q: q, o: o}
	t.raw.split(s.input, o.Plain, t.unicode, r.rawPart)
	return r.err
}

// rawPart takes a part of the text as given.
func (r *run) rawPart(p piece) {
	if r.err != nil {
		return
	}
	if p.added != nil {
		r.addToken(p)
		return
	}
	cur := p.text
	for i, step := range r.t.normalize {
		dst := &r.s.norm[i%2]
		dst.reset()
		if r.err = step.normalize(dst, cur); r.err != nil {
			return
		}
		cur = *dst
		if len(cur.b) > maxGrowth*len(r.s.input.b)+maxSlack {
			r.err = fmt.Errorf("%w: the normalizer makes %d bytes of %d", ErrTextTooLong, len(cur.b), len(r.s.input.b))
			return
		}
	}
	r.t.normal.split(cur, r.o.Plain, r.t.unicode, r.normalPart)
}

// normalPart takes a part of the normalized text.
func (r *run) normalPart(p piece) {
	if p.added != nil {
		r.addToken(p)
		return
	}
	r.next(-1, p.text)
}

// next hands what the i-th pre-tokenizer cut out to the one after it, at last to the model.
func (r *run) next(i int, t text) {
	if len(t.b) == 0 || r.err != nil {
		return
	}
	if i++; i < len(r.t.split) {
		r.t.split[i].split(r, i, t)
		return
	}
	r.err = r.t.model.tokenize(r.q, t)
}

// fail keeps the first error.
func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *run) addToken(p piece) {
	r.q.add(p.added.ID, p.span(0, len(p.b)))
	if r.q.detail {
		r.q.names = append(r.q.names, string(p.b))
	}
}
