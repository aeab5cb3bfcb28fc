package notes

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Prose counts the words of sentences by whether they are English. Words that stand in no sentence (tables of names, lists of
// terms, code) tell nothing about a language and are not counted.
type Prose struct{ English, Other int }

// englishWords are words of English that hold sentences together and that other languages do not use for that: 15 to 30 words in
// a hundred of English prose, less than 5 in a hundred of the prose of others (docs/decisions/0036-what-an-agent-can-say.md).
const englishWords = " the and of that with are this from not you which but they can will if when has been have were their there what " +
	"these those than then your should would could does how its "

// A passage is English from leastEnglish of those words on. Another language in Latin letters shows itself by sentences, one end
// in mostPerEnd words at least, or by leastAccented of its letters, without which a passage is a list of something.
const (
	leastEnglish  = 0.05
	mostPerEnd    = 40
	leastAccented = 0.01
)

// Add counts what a passage says, its Latin words as one language: the one that most of them are in.
func (p *Prose) Add(passage string) {
	c := countWords(passage)
	switch {
	case float64(c.english) >= leastEnglish*float64(c.latin):
		p.English += c.latin
	case c.ends*mostPerEnd >= c.latin, float64(c.accented) >= leastAccented*float64(c.letters):
		p.Other += c.latin
	}
	p.Other += c.other
}

// words counts what stands in sentences.
type words struct {
	latin, english    int // words in Latin letters, and those of them that are englishWords
	letters, accented int // of these words, and those that are not of ASCII
	ends              int // of sentences
	other             int // words in other letters, wherever they stand
}

// noProse are parts of a line that are not in any language: code, addresses, tags of HTML.
var noProse = regexp.MustCompile("`[^`]*`|\\w+://\\S+|\\]\\([^)]*\\)|<[^>]*>")

func countWords(passage string) (c words) {
	fenced := false
	for line := range strings.Lines(passage) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~") {
			fenced = !fenced
			continue
		}
		if fenced {
			continue
		}
		for cell := range strings.SplitSeq(noProse.ReplaceAllString(line, " "), "|") {
			c.addLine(strings.Fields(cell))
		}
	}
	return c
}

// addLine counts the words of a line. Latin ones count where it reads like a sentence: there are leastWords of them, three in four
// fields are words, and two in five words are small. Half of those of German are, and few of most lists of names.
func (c *words) addLine(fields []string) {
	const leastWords = 4
	var line words
	small := 0
	for _, f := range fields {
		w := strings.TrimFunc(f, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
		if n := foreignWords(w); n > 0 {
			line.other += n
			continue
		}
		if !isWord(w) {
			continue
		}
		line.addWord(w, f)
		if first, _ := utf8.DecodeRuneInString(w); unicode.IsLower(first) {
			small++
		}
	}
	c.other += line.other
	if line.latin < leastWords || 4*(line.latin+line.other) < 3*len(fields) || 5*small < 2*line.latin {
		return
	}
	c.latin, c.english, c.ends = c.latin+line.latin, c.english+line.english, c.ends+line.ends
	c.letters, c.accented = c.letters+line.letters, c.accented+line.accented
}

// addWord counts a Latin word and what stands behind it.
func (c *words) addWord(w, field string) {
	c.latin++
	for _, r := range w {
		c.letters++
		if r >= utf8.RuneSelf && r != '’' {
			c.accented++
		}
	}
	if strings.Contains(englishWords, " "+strings.ToLower(w)+" ") {
		c.english++
	}
	if strings.ContainsAny(field[strings.Index(field, w)+len(w):], ".!?…") {
		c.ends++
	}
}

// isWord tells letters, with a hyphen, an apostrophe or an accent between them, from identifiers, paths and numbers.
func isWord(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune("-'’", r) {
			return false
		}
	}
	return s != ""
}

// foreignWords counts the words that a field in letters other than Latin ones holds. In scripts without blanks between words that
// is one for two letters or so: Chinese has 1.5, Japanese 2.5, Thai 4. One letter of an alphabet is a symbol, such as π.
func foreignWords(s string) int {
	joined, spaced := 0, 0
	for _, r := range s {
		switch {
		case r < 0x250 || !unicode.IsLetter(r) || unicode.Is(unicode.Latin, r):
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan):
			joined++
		default:
			spaced++
		}
	}
	words := (joined + 1) / 2
	if spaced > 1 {
		words++
	}
	return words
}
