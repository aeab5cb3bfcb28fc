package edit

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"amalfa/ingest"
	"amalfa/notes"
)

// A Mention is where the name of a note stands in another one and no link does.
type Mention struct {
	Source   string `json:"source"`
	Line     int    `json:"line"` // from 1
	Text     string `json:"text"` // as it stands there, on one line
	Sentence string `json:"sentence"`
	Linked   bool   `json:"linked"` // the source links to the note elsewhere

	name      string // of the note, folded
	from, to  int    // bytes of the file
	whole     bool   // it stands in one piece on one line, where a link can stand
	cell      bool   // of a table
	wikiBreak bool   // a line ends in it, which a wikilink cannot hold
}

// A phrase is a text folded as titles are, and where each byte of that stands in the text.
type phrase struct {
	text     string
	from, to []int // for each byte of text
}

// A folding folds texts: letters as notes.Fold has them, a blank for each run of white space, one apostrophe for all. What a Prose has
// masked stays as it is. It remembers letters, since folding one costs a hundred times as much as looking it up. Not safe for concurrent use.
type folding struct{ letters map[rune]string }

func newFolding() folding { return folding{map[rune]string{}} }

// each calls put with the parts of a text, folded.
func (f folding) each(text []byte, put func(folded string, from, to int)) {
	for at := 0; at < len(text); {
		if c := text[at]; c < utf8.RuneSelf && c > ' ' && (at+1 == len(text) || text[at+1] < utf8.RuneSelf) {
			put(ascii[lower(c):lower(c)+1], at, at+1)
			at++
			continue
		}
		r, size := utf8.DecodeRune(text[at:])
		end, marks := at+size, false
		isSpace := unicode.IsSpace(r)
		for end < len(text) { // with the marks on it, or the white space behind it
			next, n := utf8.DecodeRune(text[end:])
			mark := next >= utf8.RuneSelf && unicode.In(next, unicode.Mn, unicode.Mc, unicode.Cf)
			if isSpace && !unicode.IsSpace(next) || !isSpace && !mark {
				break
			}
			end, marks = end+n, marks || mark
		}
		switch {
		case isSpace:
			put(" ", at, end)
		case marks:
			put(notes.Fold(string(text[at:end])), at, end)
		default:
			put(f.letter(r), at, end)
		}
		at = end
	}
}

// ascii holds each character of ASCII at its own place.
var ascii = func() string {
	all := make([]byte, utf8.RuneSelf)
	for i := range all {
		all[i] = byte(i)
	}
	return string(all)
}()

func (f folding) letter(r rune) string {
	folded, ok := f.letters[r]
	if !ok {
		folded = notes.Fold(string(r))
		if r == '’' || r == '‘' || r == 'ʼ' {
			folded = "'"
		}
		f.letters[r] = folded
	}
	return folded
}

// phrase folds a text whose parts have to be found again.
func (f folding) phrase(text []byte) (p phrase) {
	var b strings.Builder
	b.Grow(len(text))
	p.from, p.to = make([]int, 0, len(text)), make([]int, 0, len(text))
	f.each(text, func(folded string, from, to int) {
		b.WriteString(folded)
		for range len(folded) {
			p.from, p.to = append(p.from, from), append(p.to, to)
		}
	})
	p.text = b.String()
	return p
}

// text folds a text.
func (f folding) text(text []byte) string {
	var b strings.Builder
	b.Grow(len(text))
	f.each(text, func(folded string, _, _ int) { b.WriteString(folded) })
	return b.String()
}

// name is a name as it is found in a text.
func (f folding) name(name string) string { return strings.TrimSpace(f.text([]byte(name))) }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// inWord tells whether r is part of a word.
func inWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.M) || r == '_'
}

// isNamed tells whether a name says anything: it holds a letter, a digit or an emoji.
func isNamed(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return inWord(r) || unicode.Is(unicode.So, r) })
}

// unspaced tells whether r is of a script that puts no space between words, so that no letter beside it makes a word longer.
func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// seen is what a reader sees before or after a place: marks of emphasis are not.
func seenBefore(text string) string { return strings.TrimRight(text, string(rune(ingest.Transparent))) }
func seenAfter(text string) string  { return strings.TrimLeft(text, string(rune(ingest.Transparent))) }

// isBoundary tells whether a name may begin (or, with at its end, end) at a byte of a folded text: neither a letter nor a hyphen, dot or sign
// joins it to what stands beside it, as in "low-tide", "node.js" and "c++".
func isBoundary(text string, at int) bool {
	left, right := seenBefore(text[:at]), seenAfter(text[at:])
	before, n := utf8.DecodeLastRuneInString(left)
	after, m := utf8.DecodeRuneInString(right)
	if n == 0 || m == 0 || unspaced(before) || unspaced(after) {
		return true
	}
	return !inWord(before) || !inWord(after)
}

// joiners join what stands on both sides of them to one word.
const joiners = "-.‐‑·"

// joinedBefore and joinedAfter tell whether a sign makes a name part of something longer.
func joinedBefore(text string, at int) bool {
	left := seenBefore(text[:at])
	sign, n := utf8.DecodeLastRuneInString(left)
	beyond, _ := utf8.DecodeLastRuneInString(left[:len(left)-n])
	return strings.ContainsRune("#@$\\", sign) || strings.ContainsRune(joiners, sign) && inWord(beyond)
}

func joinedAfter(text string, at int) bool {
	right := seenAfter(text[at:])
	sign, n := utf8.DecodeRuneInString(right)
	beyond, m := utf8.DecodeRuneInString(right[n:])
	return n > 0 && strings.ContainsRune("+#", sign) || n > 0 && strings.ContainsRune(joiners, sign) && m > 0 && inWord(beyond)
}

// stands tells whether a name stands by itself from a byte of a folded text to another.
func stands(text string, from, to int) bool {
	first, _ := utf8.DecodeRuneInString(text[from:])
	last, _ := utf8.DecodeLastRuneInString(text[:to])
	before, n := utf8.DecodeLastRuneInString(text[:from])
	after, m := utf8.DecodeRuneInString(text[to:])
	signs := n > 0 && !inWord(first) && inWord(before) || m > 0 && !inWord(last) && inWord(after) // "asp" before ".net", "11" behind "c++"
	return !signs && isBoundary(text, from) && isBoundary(text, to) && !joinedBefore(text, from) && !joinedAfter(text, to)
}

// A seeker finds the names of one note in the text of others.
type seeker struct {
	names   []string        // of the note, folded, longest first
	longer  map[string]bool // names of other notes that hold one of these
	longest int             // of longer, in bytes
}

// newSeeker takes the names of the note id, and of all notes.
func newSeeker(id string, all map[string]notes.Name) seeker {
	s := seeker{longer: map[string]bool{}}
	own, f := all[id], newFolding()
	for _, name := range append([]string{own.Title}, own.Aliases...) {
		if name = f.name(name); isNamed(name) && !slices.Contains(s.names, name) {
			s.names = append(s.names, name)
		}
	}
	slices.SortStableFunc(s.names, func(a, b string) int { return len(b) - len(a) })
	for other, n := range all {
		if other == id {
			continue
		}
		for _, name := range append([]string{n.Title}, n.Aliases...) {
			for _, mine := range s.names {
				if len(name) <= len(mine)/3 {
					continue // too short even for letters that folding makes longer
				}
				if name = f.name(name); len(name) > len(mine) && strings.Contains(name, mine) && !slices.Contains(s.names, name) {
					s.longer[name] = true
					s.longest = max(s.longest, len(name))
				}
			}
		}
	}
	return s
}

// mayHold tells at little cost whether a file may hold a name.
func (s seeker) mayHold(content []byte, f folding) bool {
	small := bytes.ToLower(content)
	if isASCII(content) {
		return s.holds(small)
	}
	return s.holds([]byte(f.text(content)))
}

// holds looks for the names in a text in small letters, between whose lines marks of quotations may stand.
func (s seeker) holds(small []byte) bool {
	var squeezed []byte
	for _, name := range s.names {
		words := bytes.FieldsFunc([]byte(name), isGap)
		if slices.ContainsFunc(words, func(w []byte) bool { return !bytes.Contains(small, w) }) {
			continue
		}
		if squeezed == nil {
			squeezed = bytes.Join(bytes.FieldsFunc(small, isGap), []byte(" "))
		}
		if bytes.Contains(squeezed, bytes.Join(words, []byte(" "))) {
			return true
		}
	}
	return false
}

func isGap(r rune) bool { return r == '>' || unicode.IsSpace(r) }

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// find are the places of a folded text where a name stands, longest names first where two overlap, in the order of the text.
func (s seeker) find(text string) (found [][2]int, names []string) {
	type hit struct {
		at   [2]int
		name string
	}
	var hits []hit
	for _, name := range s.names {
		for from := 0; ; {
			n := strings.Index(text[from:], name)
			if n < 0 {
				break
			}
			begin := from + n
			at := [2]int{begin, begin + len(name)}
			from = begin + 1
			free := !slices.ContainsFunc(hits, func(h hit) bool { return at[0] < h.at[1] && h.at[0] < at[1] })
			if free && stands(text, at[0], at[1]) && !s.isPart(text, at) {
				hits = append(hits, hit{at, name})
				from = at[1]
			}
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return a.at[0] - b.at[0] })
	for _, h := range hits {
		found, names = append(found, h.at), append(names, h.name)
	}
	return found, names
}

// maxEnds bounds how many words around a name are looked at for a longer one.
const maxEnds = 16

// isPart tells whether the name of another note stands around a place.
func (s seeker) isPart(text string, at [2]int) bool {
	if len(s.longer) == 0 {
		return false
	}
	var starts, ends []int
	for from := at[0]; from >= max(0, at[1]-s.longest) && len(starts) < maxEnds; from-- {
		if utf8.RuneStart(text[from]) && isBoundary(text, from) {
			starts = append(starts, from)
		}
	}
	for to := at[1]; to <= min(len(text), at[0]+s.longest) && len(ends) < maxEnds; to++ {
		if (to == len(text) || utf8.RuneStart(text[to])) && isBoundary(text, to) {
			ends = append(ends, to)
		}
	}
	for _, from := range starts {
		for _, to := range ends {
			if s.longer[text[from:to]] && stands(text, from, to) {
				return true
			}
		}
	}
	return false
}
