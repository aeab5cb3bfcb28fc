package tokenizer

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// form is one of the Unicode normalization forms.
type form struct {
	u          *unicodeTables
	compatible bool // K: compatibility decompositions too
	composed   bool // C: composed again
}

// change is a character on its way to the writer, with what it does to the source (writer.put).
type change struct {
	r     rune
	n     int
	class uint8
}

func (f form) normalize(dst *text, src text) error {
	w := writer{dst: dst, src: src}
	d := decomposer{form: f, out: composer{w: &w, u: f.u, on: f.composed}}
	for i := 0; i < len(src.b); {
		r, n := utf8.DecodeRune(src.b[i:])
		d.decompose(r)
		i += n
	}
	d.flush()
	d.out.flush()
	return nil
}

// decomposer takes characters apart and sorts the combining marks between two others.
type decomposer struct {
	form form
	held []change
	out  composer
}

func (d *decomposer) decompose(r rune) {
	if r < utf8.RuneSelf {
		d.flush()
		d.out.add(change{r: r})
		return
	}
	if isSyllable(r) {
		for i, c := range jamo(r) {
			if c != 0 {
				d.push(c, min(i, 1))
			}
		}
		return
	}
	seq := ""
	p := d.form.u.props(r)
	if d.form.compatible && p&propNFKD != 0 {
		seq = d.form.u.nfkd[r]
	} else if p&propNFD != 0 {
		seq = d.form.u.nfd[r]
	}
	if seq == "" {
		d.push(r, 0)
		return
	}
	for i, c := range seq {
		d.push(c, min(i, 1))
	}
}

func (d *decomposer) push(r rune, n int) {
	c := change{r: r, n: n}
	if d.form.u.props(r)&propClass != 0 {
		c.class = d.form.u.class[r]
		d.held = append(d.held, c)
		return
	}
	d.flush()
	d.out.add(c)
}

func (d *decomposer) flush() {
	if len(d.held) == 0 {
		return
	}
	slices.SortStableFunc(d.held, func(a, b change) int { return cmp.Compare(a.class, b.class) })
	for _, c := range d.held {
		d.out.add(c)
	}
	d.held = d.held[:0]
}

// composer joins characters with the marks that compose with them; off, it passes all through.
type composer struct {
	w     *writer
	u     *unicodeTables
	on    bool
	first change // waits for what composes with it
	has   bool
	marks []change // stand between first and the next character
}

func (c *composer) add(x change) {
	switch {
	case !c.on, !c.has && x.class != 0:
		c.w.put(x.r, x.n)
	case !c.has:
		c.first, c.has = x, true
	case c.blocked(x):
		c.keep(x)
	default:
		if r, ok := c.u.composed(c.first.r, x.r); ok {
			c.first = change{r: r, n: c.first.n + x.n - 1}
		} else {
			c.keep(x)
		}
	}
}

// blocked reports whether a mark between keeps x from composing with first.
func (c *composer) blocked(x change) bool {
	return len(c.marks) > 0 && c.marks[len(c.marks)-1].class >= x.class
}

func (c *composer) keep(x change) {
	if x.class != 0 {
		c.marks = append(c.marks, x)
		return
	}
	c.flush()
	c.first, c.has = x, true
}

// flush writes what is held back.
func (c *composer) flush() {
	if !c.has {
		return
	}
	c.w.put(c.first.r, c.first.n)
	for _, m := range c.marks {
		c.w.put(m.r, m.n)
	}
	c.has, c.marks = false, c.marks[:0]
}

// composed returns what a followed by b compose to.
func (u *unicodeTables) composed(a, b rune) (rune, bool) {
	switch {
	case a >= leads && a < leads+19 && b >= vowels && b < vowels+vowelCount:
		return syllables + ((a-leads)*vowelCount+b-vowels)*tailCount, true
	case isSyllable(a) && (a-syllables)%tailCount == 0 && b > tails && b < tails+tailCount:
		return a + b - tails, true
	case u.props(b)&propSecond == 0:
		return 0, false
	}
	r, ok := u.compose[[2]rune{a, b}]
	return r, ok
}
