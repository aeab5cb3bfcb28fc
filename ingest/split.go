package ingest

import (
	"bytes"
)

// span is a range of bytes with its tokens.
type span struct{ start, end, tokens int }

// tokensIn counts a range.
func (c *chunker) tokensIn(s span) int { return c.count(readable(c.src[s.start:s.end])) }

// spans is a block whole when it fits into room, else cut into parts of about target tokens where it hurts least: between
// items, lines, sentences, words.
func (c *chunker) spans(b block, room int) []span {
	all := span{start: b.start, end: b.end}
	if b.end-b.start <= maxChunkBytes {
		if all.tokens = c.tokensIn(all); all.tokens <= room {
			return []span{all}
		}
	}
	size := min(c.target, room)
	items := func(s span) []span { return atItems(s, b.items) }
	rows := func(s span) []span { return group(c.src, s, size, lineEnds) }
	sentences := func(s span) []span { return group(c.src, s, size, endsSentence) }
	words := func(s span) []span { return coarse(c.src, s, size) }
	switch b.kind {
	case prose:
		return c.divide(all, size, sentences, rows, words)
	case nested:
		return c.divide(all, size, items, rows, sentences, words)
	default:
		return c.divide(all, size, rows, words)
	}
}

// divide cuts s in the first way, and what is still too large in the next ways. Every byte is counted once per way.
func (c *chunker) divide(s span, size int, cuts ...func(span) []span) []span {
	if len(cuts) == 0 {
		return []span{s}
	}
	var out []span
	for _, part := range cuts[0](s) {
		if part.end-part.start <= maxChunkBytes {
			part.tokens = c.tokensIn(part)
		}
		if part.end-part.start > maxChunkBytes || part.tokens > size {
			out = append(out, c.divide(part, size, cuts[1:]...)...)
			continue
		}
		out = append(out, part)
	}
	return out
}

func atItems(s span, items []int) []span {
	var out []span
	for _, at := range items {
		if at > s.start && at < s.end {
			out = append(out, span{start: s.start, end: at})
			s.start = at
		}
	}
	return append(out, s)
}

func lineEnds(src []byte, i int) bool { return src[i-1] == '\n' }

// group cuts s into parts of at most size bytes at the ends that at finds; a part without such an end stays longer. No text
// has more tokens than bytes, so a part of size bytes has at most size tokens.
func group(src []byte, s span, size int, at func([]byte, int) bool) []span {
	var out []span
	last := s.start
	for i := s.start + 1; i < s.end; i++ {
		if !at(src, i) {
			continue
		}
		if i-s.start > size && last > s.start {
			out = append(out, span{start: s.start, end: last})
			s.start = last
		}
		last = i
	}
	if s.end-s.start > size && last > s.start {
		out = append(out, span{start: s.start, end: last})
		s.start = last
	}
	return append(out, s)
}

// coarse cuts s into parts of at most size bytes, behind a space where there is one, else between characters.
func coarse(src []byte, s span, size int) []span {
	size = max(size, 4) // the longest character
	var out []span
	for s.end-s.start > size {
		window := src[s.start : s.start+size]
		n := bytes.LastIndexAny(window, " \t\n") + 1
		if n == 0 {
			for n = size; n > 1 && src[s.start+n]&0xC0 == 0x80; n-- {
			}
		}
		out = append(out, span{start: s.start, end: s.start + n})
		s.start += n
	}
	return append(out, s)
}
