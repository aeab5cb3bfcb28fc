package ingest

import (
	"bytes"
	"hash/fnv"

	"amalfa/ingest/data"
)

// span is a range of bytes with its tokens. penalty is what a cut in front of it costs: 0 between blocks, 1 within one.
type span struct{ start, end, tokens, penalty int }

// size is the length of a range in bytes, without its data.
func (c *chunker) size(s span) int { return data.Size(c.rest(s)) }

// tokensIn counts a range.
func (c *chunker) tokensIn(s span) int { return c.count(c.prose(c.rest(s))) }

// rest is a range without the end of data that began before it, for which an ellipsis is read there.
func (c *chunker) rest(s span) []byte {
	return data.Rest(c.src[:s.start], c.src[s.start:s.end])
}

// spans is a block whole when it fits into room, else cut into parts of about target tokens where it hurts least: between
// items, lines, sentences, words.
func (c *chunker) spans(b block, room int) []span {
	all := span{start: b.start, end: b.end}
	if c.size(all) <= maxChunkBytes {
		if all.tokens = c.tokensIn(all); all.tokens <= room {
			return []span{all}
		}
	}
	size := min(c.target, room)
	items := func(s span) []span { return atItems(s, b.items) }
	rows := func(s span) []span { return atEnds(c.src, s, lineEnds) }
	sentences := func(s span) []span { return atEnds(c.src, s, endsSentence) }
	words := func(s span) []span { return cutAtSpaces(c.src, s, size) }
	var parts []span
	switch b.kind {
	case prose:
		parts = c.divide(all, size, sentences, rows, words)
	case nested:
		parts = c.divide(all, size, items, rows, sentences, words)
	default:
		parts = c.divide(all, size, rows, words)
	}
	for i := range parts[1:] {
		parts[i+1].penalty = 1
	}
	return parts
}

// divide cuts s in the first way, and what is still too large in the next ways. Every byte is counted once per way.
func (c *chunker) divide(s span, size int, cuts ...func(span) []span) []span {
	if len(cuts) == 0 {
		return []span{s}
	}
	var out []span
	for _, part := range cuts[0](s) {
		n := c.size(part)
		if n <= maxChunkBytes {
			part.tokens = c.tokensIn(part)
		}
		if n > maxChunkBytes || part.tokens > size {
			out = append(out, c.divide(part, size, cuts[1:]...)...) // #nosec G602 -- there is a cuts[0]
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

// atEnds cuts s at every end that at finds.
func atEnds(src []byte, s span, at func([]byte, int) bool) []span {
	var out []span
	for i := s.start + 1; i < s.end; i++ {
		if at(src, i) {
			out = append(out, span{start: s.start, end: i})
			s.start = i
		}
	}
	return append(out, s)
}

// cutAtSpaces cuts s into parts of at most size bytes, data not counted, behind a space where there is one, else between characters. No text has more
// tokens than bytes, so such a part has at most size tokens. Which space it is depends on the text around it alone, so that an
// edit moves only the cuts near it.
func cutAtSpaces(src []byte, s span, size int) []span {
	size = max(size, 4) // the longest character
	var out []span
	for left := data.Size(src[s.start:s.end]); left > size; {
		most := visible(src[s.start:s.end], size)
		n := spaceBoundary(src[s.start:s.end], most)
		if n == 0 {
			for n = most; n > 1 && src[s.start+n]&0xC0 == 0x80; n-- {
			}
		}
		left -= data.Size(src[s.start : s.start+n])
		out = append(out, span{start: s.start, end: s.start + n})
		s.start += n
	}
	return append(out, s)
}

// visible is where text has size bytes that are no data. It has more than these.
func visible(text []byte, size int) int {
	for i, c := range text {
		if c != data.Masked {
			if size--; size < 0 {
				return i
			}
		}
	}
	return len(text)
}

// spaceBoundary is where to cut text, behind a space in the second half of its first size bytes, or 0.
func spaceBoundary(text []byte, size int) int {
	best, least := 0, uint64(0)
	for i := size / 2; i < size; i++ {
		if bytes.IndexByte([]byte(" \t\n"), text[i]) < 0 {
			continue
		}
		if h := fingerprint(text[i+1:]); best == 0 || h <= least {
			best, least = i+1, h
		}
	}
	return best
}

// fingerprint is a number that stands for the beginning of a text, the same wherever that text stands.
func fingerprint(text []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(text[:min(len(text), 64)]) // never fails
	return h.Sum64()
}

// boundary returns how many of the pieces, at least one, make the next passage: all of them when they fit. Else it is chosen by
// content (content-defined chunking), so that behind an edit the passages begin again where they began before: in the second
// half of what fits, the place of the smallest penalty, and of equal ones that before the text with the smallest fingerprint.
func (c *chunker) boundary(pieces []span) int {
	tokens, bytes, from := 0, 0, pieces[0].start
	best, least := 0, fingerprint(nil)
	for i, s := range pieces {
		if i > 0 && 2*tokens >= c.target {
			m := fingerprint(c.src[s.start:s.end])
			if best == 0 || s.penalty < pieces[best].penalty || s.penalty == pieces[best].penalty && m <= least {
				best, least = i, m
			}
		}
		tokens, bytes = tokens+s.tokens, bytes+c.size(span{start: from, end: s.end})
		from = s.end
		if i > 0 && (tokens > c.target || bytes > maxChunkBytes) {
			if best > 0 && best <= i {
				return best
			}
			return i
		}
	}
	return len(pieces)
}

// within returns the tokens of all pieces, if they are at most room.
func (c *chunker) within(pieces []span, room int) (tokens int, ok bool) {
	bytes, from := 0, pieces[0].start
	for _, s := range pieces {
		tokens, bytes = tokens+s.tokens, bytes+c.size(span{start: from, end: s.end})
		from = s.end
		if tokens > room || bytes > maxChunkBytes {
			return 0, false
		}
	}
	return tokens, true
}

func sumTokens(pieces []span) (tokens int) {
	for _, s := range pieces {
		tokens += s.tokens
	}
	return tokens
}
