package search

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"amalfa/store/text"
)

// Lines that begin with "words:" or "meaning:" give one side of the search a text of its own: the words to look for, in the
// language of questions, and the prose to embed, such as an answer as one imagines it, in which nothing has a meaning of its
// own. Several lines of a kind join. All other lines are the common question: its filters and marks always hold, and it serves
// the side that has no line, and the reranker.
//
// The hypothetical answer in place of the question is that of HyDE (Gao et al., 2022).

// sides are the lines of a question by what they serve. Without words and meaning it is one question for both.
type sides struct{ common, words, meaning string }

// sideLine is a line for one side.
var sideLine = regexp.MustCompile(`(?i)^[\s\p{Cf}]*(words|meaning)[:：](.*)$`)

// cutSides sorts the lines of a question.
func cutSides(typed string) (s sides) {
	var common, words, meaning []string
	for _, line := range strings.FieldsFunc(typed, endsLine) {
		switch m := sideLine.FindStringSubmatch(line); {
		case m == nil:
			common = append(common, line)
		case strings.EqualFold(m[1], "words"):
			words = append(words, strings.TrimSpace(m[2]))
		default:
			meaning = append(meaning, strings.TrimSpace(m[2]))
		}
	}
	if len(words)+len(meaning) == 0 {
		return sides{common: typed}
	}
	return sides{strings.Join(common, "\n"), strings.TrimSpace(strings.Join(words, " ")), strings.TrimSpace(strings.Join(meaning, " "))}
}

func endsLine(r rune) bool {
	return strings.ContainsRune("\n\r\u0085\u2028\u2029", r)
}

// readSides reads what the lines of a question say, each in its own way.
func (q *question) readSides(typed string) {
	s := cutSides(typed)
	q.read(s.common)
	if s.words == "" && s.meaning == "" {
		return
	}
	common := q.plain()
	var own question
	own.read(s.words)
	if !own.empty() {
		q.words = own.words
	}
	q.phrases, q.excluded = append(q.phrases, own.phrases...), append(q.excluded, own.excluded...)
	q.filters, q.unknown = append(q.filters, own.filters...), append(q.unknown, own.unknown...)
	if len(text.QueryTerms(s.meaning)) == 0 {
		s.meaning = ""
	}
	if q.empty() {
		q.words = slices.DeleteFunc(strings.Fields(s.meaning), func(w string) bool { return len(text.QueryTerms(w)) == 0 })
	}
	q.meaning = cmp.Or(s.meaning, common)
	q.common = cmp.Or(common, s.meaning, q.plain())
}

// embedded is the text whose vector is compared with those of the passages.
func (q question) embedded() string { return cmp.Or(q.meaning, q.plain()) }

// JoinArguments makes one question of what a command line passes, with blanks between its arguments and a new line before one that
// begins a side. That is an argument with its text in it, 'words: retry backoff'; and any, with those behind it, where the first
// one that is no filter begins a side: words: retry backoff meaning: the client waits. Elsewhere a "meaning:" is a word of a
// sentence typed without quotes.
func JoinArguments(args []string) string {
	var common, lines []string
	bare, running := beginsSide(args), false
	for _, arg := range args {
		m := sideLine.FindStringSubmatch(arg)
		quoted := m != nil && strings.ContainsFunc(m[2], unicode.IsSpace)
		switch {
		case quoted || m != nil && bare:
			lines, running = append(lines, arg), !quoted
		case strings.ContainsFunc(arg, endsLine):
			lines, running = append(lines, arg), false
		case running && !isFilter(arg):
			lines[len(lines)-1] += " " + arg
		default:
			common = append(common, arg)
		}
	}
	if len(common) > 0 {
		lines = slices.Insert(lines, 0, strings.Join(common, " "))
	}
	return strings.Join(lines, "\n")
}

func beginsSide(args []string) bool {
	at := slices.IndexFunc(args, func(arg string) bool { return !isFilter(arg) })
	return at >= 0 && sideLine.MatchString(args[at])
}

func isFilter(arg string) bool {
	_, _, ok := cutFilter(arg)
	return ok
}
