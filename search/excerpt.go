package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// sentence is one of a text, or what a line holds without punctuation.
type sentence struct {
	pieces []piece
	weight float64
	parted bool // it begins a line behind one that no punctuation ends
}

// snippet is a text on one line and without control characters, from the sentence on that weighs most; of equal ones from the
// first. A line of the text is a paragraph or an item. Where there is room behind its end, the heaviest sentence before is shown,
// too. An ellipsis stands where text is left out within or behind a sentence.
func (m marks) snippet(text string) string {
	all := m.sentences(text)
	if len(all) == 0 {
		return ""
	}
	best := heaviest(all)
	e := excerpt{room: maxSnippet - 4} // for an ellipsis at both ends
	if whole := all[best]; size(whole.pieces) > e.room {
		first, last := m.window(whole.pieces, e.room)
		e.cutBefore = first > 0
		e.take(sentence{pieces: whole.pieces[first:last]})
		e.cutBehind = last < len(whole.pieces) || best+1 < len(all)
		return e.String()
	}
	e.takeAll(all[best:])
	if best > 0 && !e.cutBehind {
		e.gap()
		e.takeAll(all[heaviest(all[:best]):best])
	}
	return e.String()
}

// heaviest is the place of the first sentence of the greatest weight.
func heaviest(all []sentence) (best int) {
	for i, s := range all {
		if s.weight > all[best].weight {
			best = i
		}
	}
	return best
}

func (m marks) sentences(text string) []sentence {
	var out []sentence
	parted := false
	for line := range strings.Lines(strings.ToValidUTF8(text, "\uFFFD")) {
		line = strings.Join(strings.Fields(strings.Map(printable, line)), " ")
		for state := -1; line != ""; {
			var one string
			one, line, state = uniseg.FirstSentenceInString(line, state)
			if pieces := cutPieces(one); len(pieces) > 0 {
				out = append(out, sentence{pieces: pieces, weight: m.weight(one), parted: parted})
				last := pieces[len(pieces)-1].text
				r, _ := utf8.DecodeLastRuneInString(last)
				parted = line == "" && !unicode.IsPunct(r)
			}
		}
	}
	return out
}

// excerpt is a snippet that is being put together.
type excerpt struct {
	text                 strings.Builder
	room                 int // runes that are left
	cutBefore, cutBehind bool
}

// takeAll adds sentences as far as there is room, the last one perhaps cut between words.
func (e *excerpt) takeAll(all []sentence) {
	for _, s := range all {
		if !e.take(s) {
			e.cutBehind = true
			return
		}
	}
}

// gap shows that what follows stood elsewhere.
func (e *excerpt) gap() {
	e.text.WriteString(" …")
	e.room -= 2
}

// take adds the pieces of a sentence that there is room for and tells whether those are all.
func (e *excerpt) take(s sentence) bool {
	const dot = " ·"
	for i, p := range s.pieces {
		n := p.runes
		if i == 0 && s.parted {
			n += len([]rune(dot))
		}
		if n > e.room {
			return false
		}
		if i == 0 && s.parted && e.text.Len() > 0 {
			e.text.WriteString(dot)
		}
		if e.text.Len() > 0 && (p.spaced || i == 0 && s.parted) {
			e.text.WriteByte(' ')
		}
		e.text.WriteString(p.text)
		e.room -= n
	}
	return true
}

func (e *excerpt) String() string {
	text := strings.TrimSuffix(e.text.String(), " …")
	if e.cutBefore {
		text = "… " + text
	}
	if e.cutBehind {
		text += " …"
	}
	return text
}

// piece is a word, or a letter of a script that is written without blanks: text is cut between pieces alone.
type piece struct {
	text   string
	spaced bool // a space stands before it
	runes  int  // with that space
}

// maxPiece is the longest word that is not cut, in runes. Longer ones are data or addresses.
const maxPiece = 120

func cutPieces(text string) []piece {
	var pieces []piece
	for _, field := range strings.Fields(text) {
		spaced := true
		for field != "" {
			var p string
			p, field = firstPiece(field)
			n := utf8.RuneCountInString(p)
			if spaced {
				n++
			}
			pieces = append(pieces, piece{text: p, spaced: spaced, runes: n})
			spaced = false
		}
	}
	return pieces
}

// firstPiece cuts the first piece off a text without blanks: all of it, or where it is written in a script without blanks the first
// word by Unicode's rules (UAX 29), or of what is too long a part that ends with a character as people see it.
func firstPiece(field string) (piece, rest string) {
	if utf8.RuneCountInString(field) <= maxPiece && !strings.ContainsFunc(field, isUnspaced) {
		return field, ""
	}
	if strings.ContainsFunc(field, isUnspaced) {
		if piece, rest, _ = uniseg.FirstWordInString(field, -1); utf8.RuneCountInString(piece) <= maxPiece {
			return piece, rest
		}
	}
	n, runes := 0, 0
	for state := -1; n < len(field); {
		var character string
		character, _, _, state = uniseg.FirstGraphemeClusterInString(field[n:], state)
		if runes += utf8.RuneCountInString(character); n > 0 && runes > maxPiece/8 {
			break
		}
		n += len(character)
	}
	return field[:n], field[n:]
}

// isUnspaced tells whether a letter is of a script that puts no blanks between words.
func isUnspaced(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Yi)
}

// printable drops control and format characters, but for the joiners that emoji and Persian need. White space stays.
func printable(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d':
		return -1
	}
	return r
}

func size(pieces []piece) (runes int) {
	for _, p := range pieces {
		runes += p.runes
	}
	return runes
}

// window returns the pieces in a row that fit into room and show the heaviest different marks, then the most marks, then the
// earliest.
func (m marks) window(pieces []piece, room int) (first, last int) {
	shown := map[string]int{}
	marked := make([][]string, len(pieces))
	for i, p := range pieces {
		word := p.text
		if i+1 < len(pieces) && !pieces[i+1].spaced {
			word += pieces[i+1].text // the index holds pairs of letters
		}
		marked[i] = m.in(word)
	}
	var bestFirst, bestLast, used, count, bestCount int
	weight, bestWeight := 0.0, -1.0
	for last < len(pieces) {
		used += pieces[last].runes
		for _, t := range marked[last] {
			if shown[t]++; shown[t] == 1 {
				weight += m[t]
			}
			count++
		}
		last++
		for used > room && first < last {
			used -= pieces[first].runes
			for _, t := range marked[first] {
				if shown[t]--; shown[t] == 0 {
					weight -= m[t]
				}
				count--
			}
			first++
		}
		if weight > bestWeight+1e-9 || weight > bestWeight-1e-9 && count > bestCount || bestFirst == first {
			bestFirst, bestLast, bestWeight, bestCount = first, last, weight, count
		}
	}
	return bestFirst, bestLast
}
