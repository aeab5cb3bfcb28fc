package ask

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// A splitter cuts an answer into sentences as it comes. Headings, items of lists and rows of tables end with their line, a block of
// code with its fence. What cites behind a full stop belongs to the sentence before.
type splitter struct {
	rest string
	emit func(string) error
}

// write takes a piece of the answer and hands on the sentences that are whole with it.
func (s *splitter) write(piece string) error {
	s.rest += piece
	return s.cut(false)
}

// end hands on what is left.
func (s *splitter) end() error { return s.cut(true) }

func (s *splitter) cut(last bool) error {
	for {
		s.rest = strings.TrimLeft(s.rest, " \t\r\n")
		if s.rest == "" {
			return nil
		}
		n := nextSentence(s.rest, last)
		if n == 0 {
			return nil
		}
		one := strings.TrimSpace(s.rest[:n])
		s.rest = s.rest[n:]
		if one == "" || isRule(one) {
			continue
		}
		if err := s.emit(one); err != nil {
			return err
		}
	}
}

// nextSentence returns the length of the first sentence, 0 where more of the answer has to come first.
func nextSentence(s string, last bool) int {
	if strings.HasPrefix(s, "```") {
		if at := strings.Index(s[3:], "\n```"); at >= 0 && (last || strings.Contains(s[at+7:], "\n")) {
			end := at + 7
			if nl := strings.IndexByte(s[end:], '\n'); nl >= 0 {
				end += nl
			} else {
				end = len(s)
			}
			return end
		}
		return whole(s, last)
	}
	line, closed := s, last
	if nl := strings.IndexByte(s, '\n'); nl >= 0 {
		line, closed = s[:nl], true
	}
	if isBlockLine(line) {
		if closed {
			return len(line)
		}
		return 0
	}
	state, at := -1, 0
	for at < len(line) {
		one, rest, next := uniseg.FirstSentenceInString(line[at:], state)
		state = next
		at += len(one)
		if rest == "" {
			break
		}
		cites := leadingCitations.FindString(rest)
		behind := strings.TrimSpace(rest[len(cites):])
		switch {
		case !closed && (behind == "" || strings.HasPrefix(behind, "[")): // it may go on with a citation
			return 0
		case !closed && dayBefore.MatchString(strings.TrimRight(line[:at], " ")) && !strings.Contains(behind, " "): // it may go on with a month
			return 0
		case endsInAbbreviation(line[:at], behind):
			continue
		}
		return at + len(cites)
	}
	if closed {
		return len(line)
	}
	return 0
}

func whole(s string, last bool) int {
	if last {
		return len(s)
	}
	return 0
}

var (
	leadingCitations = regexp.MustCompile(`^\s*(?:(?:\[[^\[\]\n]{1,200}\]|【[^【】\n]{1,100}】)\s*)+[.;,]?`)
	blockLine        = regexp.MustCompile(`^\s*(?:#{1,6}\s|\|)`)
	rule             = regexp.MustCompile(`^[\s|:\-*_=#>]+$`)
	bullet           = regexp.MustCompile(`^\s*(?:[-*+•]|\d{1,3}[.)])\s+`)
	initial          = regexp.MustCompile(`(?:^|[\s(.])\p{L}\.$`)
	dayBefore        = regexp.MustCompile(`(?:^|\s)\d{1,2}\.$`)
	abbreviation     = regexp.MustCompile(`(?i)(?:^|[\s(])(?:e\.g|i\.e|z\.\s?b|d\.\s?h|u\.\s?a|dr|mr|mrs|ms|st|prof|nr|no|vs|approx|ca|bzw|etc|fig|vgl|inkl|max|min|ing|dipl|p\.\s?ex|ej|art|vol|ed|sr|jr|usw|ggf|evtl)\.$`)
)

func isBlockLine(line string) bool { return blockLine.MatchString(line) }

// isRule tells a line that only draws: a rule, or the line between a table's head and body.
func isRule(s string) bool { return rule.MatchString(s) }

// endsInAbbreviation tells that the full stop at the end of s ends no sentence.
func endsInAbbreviation(s, behind string) bool {
	s = strings.TrimRight(s, " \t")
	if bullet.MatchString(s+" ") && strings.TrimSpace(bullet.ReplaceAllString(s+" ", "")) == "" {
		return true // the number of an item
	}
	if abbreviation.MatchString(s) {
		first, _ := utf8.DecodeRuneInString(behind)
		return !strings.HasSuffix(strings.ToLower(s), "etc.") && !strings.HasSuffix(strings.ToLower(s), "usw.") || unicode.IsLower(first)
	}
	if initial.MatchString(s) {
		return true
	}
	word, _, _ := strings.Cut(behind, " ")
	return dayBefore.MatchString(s) && monthOf(strings.Trim(word, ".,")) > 0
}

// sentencesOf cuts a whole text.
func sentencesOf(s string) (all []string) {
	cut := splitter{emit: func(one string) error { all = append(all, one); return nil }}
	_ = cut.write(s)
	_ = cut.end()
	return all
}
