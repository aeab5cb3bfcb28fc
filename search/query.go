package search

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"amalfa/store"
	"amalfa/store/text"
)

// MaxQuery bounds the text of a question, in bytes.
const MaxQuery = 8 << 10

// ErrQuery reports a question that cannot be asked; the message says why.
var ErrQuery = errors.New("invalid query")

// question is a parsed query text.
type question struct {
	words    []string // as typed, without the other two
	phrases  []string // must stand in a hit, word for word
	excluded []exclusion
	filters  []store.Condition
	unknown  []string // what to tell of words that look like filters

	meaning string // what to embed, where that is not the words
	common  string // what a reader is asked, where that is not the whole text
}

// exclusion is a word or phrase that a hit must not hold.
type exclusion struct {
	text string
	flag string // "-text", when it was typed so: a passage that writes it with its dash speaks of a flag and stays; "" of a phrase
}

// parse reads words, "quoted phrases", -word, -"quoted phrase" and filters (filter.go). A quote without its partner, a lone "-",
// "-rf" and "--flag" are plain words. Lines may serve one side alone (sides.go). It returns ErrQuery for a text that is too long or asks for nothing.
func parse(typed string) (question, error) {
	if len(typed) > MaxQuery {
		return question{}, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrQuery, len(typed), MaxQuery)
	}
	var q question
	q.readSides(visible(typed))
	switch {
	case strings.TrimSpace(typed) == "":
		return question{}, fmt.Errorf("%w: it is empty", ErrQuery)
	case len(q.words)+len(q.phrases)+len(q.excluded)+len(q.filters) == 0:
		return question{}, fmt.Errorf("%w: it holds no word", ErrQuery)
	case q.empty() && len(q.excluded) > 0:
		return question{}, fmt.Errorf("%w: it only excludes, so there is nothing to look for", ErrQuery)
	}
	return q, nil
}

// parse reads the text of a query: plain prose, or what parse makes of it.
func (q Query) parse() (question, error) {
	if !q.Plain || len(q.Text) > MaxQuery {
		return parse(q.Text)
	}
	var plain question
	for _, w := range strings.Fields(visible(q.Text)) {
		if len(text.QueryTerms(w)) > 0 {
			plain.words = append(plain.words, w)
		}
	}
	if plain.empty() {
		return question{}, fmt.Errorf("%w: it holds no word", ErrQuery)
	}
	return plain, nil
}

// visible is a text with blanks for its controls and invalid bytes, and without the marks of the writing direction, which text that
// is copied from pages brings along: before a quote or the name of a filter they would hide it.
func visible(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Bidi_Control, r), r == '\ufeff':
			return -1
		case unicode.IsControl(r) && !unicode.IsSpace(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(typed, " "))
}

// read adds what a text says.
func (q *question) read(rest string) {
	rest = strings.TrimSpace(rest)
	for isFilter := false; rest != ""; rest = strings.TrimSpace(rest) {
		if rest, isFilter = q.readFilter(rest, isFilter); isFilter {
			continue
		}
		var f field
		f, rest = next(rest)
		if len(text.QueryTerms(f.text)) > 0 { // punctuation asks for nothing
			q.add(f)
		}
	}
}

// maxMarks bounds the phrases and exclusions of a question. More are prose or code; further phrases are words, and nothing else is
// excluded.
const maxMarks = 32

// field is one piece of a question.
type field struct {
	text             string
	quoted, excluded bool
}

func (q *question) add(f field) {
	switch {
	case (f.excluded || f.quoted) && len(q.phrases)+len(q.excluded) == maxMarks:
		if !f.excluded {
			q.words = append(q.words, strings.Fields(f.text)...)
		}
	case f.excluded && f.quoted:
		q.excluded = append(q.excluded, exclusion{text: f.text})
	case f.excluded:
		q.excluded = append(q.excluded, exclusion{f.text, "-" + f.text})
	case f.quoted:
		q.phrases = append(q.phrases, f.text)
	default:
		q.words = append(q.words, f.text)
		if why := unknownFilter(f.text); why != "" {
			q.unknown = append(q.unknown, why)
		}
	}
}

// next cuts the first field off a text that starts with no space.
func next(text string) (field, string) {
	bare, dash := strings.CutPrefix(text, "-")
	if inner, after, ok := cutQuoted(bare); ok {
		return field{text: inner, quoted: true, excluded: dash}, after
	}
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		end = len(text)
	}
	if word, ok := excludedWord(text[:end]); ok {
		return field{text: word, excluded: true}, text[end:]
	}
	return field{text: text[:end]}, text[end:]
}

// excludedWord reads "-word", with punctuation behind it or not. A word of less than three letters is a flag, as are two dashes
// and what is no word alone: -p, -rf, -5, -DNAME=1. Other scripts have shorter words and no flags.
func excludedWord(field string) (word string, ok bool) {
	word, dash := strings.CutPrefix(strings.TrimRight(field, ",.;:!?)"), "-")
	if !dash || strings.HasPrefix(word, "-") {
		return "", false
	}
	letters := 0
	for _, r := range word {
		switch {
		case r >= utf8.RuneSelf && !unicode.IsPunct(r) && (unicode.IsLetter(r) || r > 0x2000): // an emoji, too
			letters += 3
		case 'a' <= r|0x20 && r|0x20 <= 'z':
			letters++
		case r < utf8.RuneSelf && !('0' <= r && r <= '9') && !strings.ContainsRune("_.'-", r):
			return "", false
		}
	}
	return word, letters >= 3
}

// openers are the quotes that begin a phrase, and closers what may end one that began with them.
const openers = "\"“”„«»‹「『＂"

var closers = map[rune]string{
	'"': "\"", '“': "”", '”': "”", '„': "“”", '«': "»", '»': "«", '‹': "›", '「': "」", '『': "』", '＂': "＂",
}

// cutQuoted splits `"inner"after`, with straight or typographic quotes.
func cutQuoted(text string) (inner, after string, ok bool) {
	r, size := utf8.DecodeRuneInString(text)
	end := strings.IndexAny(text[size:], closers[r])
	if closers[r] == "" || end < 0 {
		return "", text, false
	}
	inner = text[size : size+end]
	_, closer := utf8.DecodeRuneInString(text[size+end:])
	return inner, text[size+end+closer:], true
}

// empty tells whether there is nothing to look for, but filters to list by.
func (q question) empty() bool { return len(q.words)+len(q.phrases) == 0 }

// plain is what is looked for, without the marks.
func (q question) plain() string {
	return strings.Join(append(append([]string(nil), q.words...), q.phrases...), " ")
}
