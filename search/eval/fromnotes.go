package eval

import (
	"slices"
	"strings"
	"unicode"

	"amalfa/notes"
	"amalfa/store"
)

// Trial is a question made from the notes themselves, and the note that should answer it.
type Trial struct {
	Question string
	Answer   string
	Not      string // a note that is left out of the answer: the question was taken from it
}

// minTrialWords is the least number of words of a heading or sentence that asks for something.
const minTrialWords = 3

// HeadingTrials asks with the last heading of each passage for its note. A heading that several notes have asks for none.
func HeadingTrials(chunks []store.Chunk) []Trial {
	var trials []Trial
	notes := map[string]string{}
	several := map[string]bool{}
	for _, c := range chunks {
		if len(c.Heading) == 0 {
			continue
		}
		heading := strings.TrimSpace(c.Heading[len(c.Heading)-1])
		switch note, known := notes[heading]; {
		case !known && countWords(heading) >= minTrialWords:
			notes[heading] = c.Note
			trials = append(trials, Trial{Question: heading, Answer: c.Note})
		case known && note != c.Note:
			several[heading] = true
		}
	}
	return slices.DeleteFunc(trials, func(t Trial) bool { return several[t.Question] })
}

// LinkTrials asks with the sentence around a link, without the name of the target, for the target.
func LinkTrials(edges []store.Edge) []Trial {
	var trials []Trial
	seen := map[string]bool{}
	for _, e := range edges {
		question := withoutLinks(e.Sentence)
		if !e.Resolved || e.File || strings.HasPrefix(e.Target, notes.TagPrefix) || e.Source == e.Target || countWords(question) < minTrialWords || seen[question] {
			continue
		}
		seen[question] = true
		trials = append(trials, Trial{Question: question, Answer: e.Target, Not: e.Source})
	}
	return trials
}

// withoutLinks takes [[wikilinks]] and the targets of [Markdown](links) out of a sentence.
func withoutLinks(s string) string {
	for _, pair := range [][2]string{{"[[", "]]"}, {"](", ")"}} {
		for {
			before, rest, ok := strings.Cut(s, pair[0])
			if !ok {
				break
			}
			_, after, ok := strings.Cut(rest, pair[1])
			if !ok {
				break
			}
			s = before + " " + after
		}
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "[", " ")), " ")
}

func countWords(s string) int {
	return len(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
}
