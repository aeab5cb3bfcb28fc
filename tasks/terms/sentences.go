package terms

import (
	"strings"
	"unicode"

	"amalfa/notes"
)

// Sentences are those of prose: lines of a text, cut behind what ends a sentence. A line without an end, a heading or an item, is whole.
func Sentences(body string) (out []string) {
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		from := 0
		for i, r := range line {
			end := i + len(string(r))
			switch {
			case strings.ContainsRune("。！？", r):
			case strings.ContainsRune(".!?।؟", r) && (end >= len(line) || line[end] == ' ' && startsSentence(line[end+1:])):
			default:
				continue
			}
			out = append(out, strings.TrimSpace(line[from:min(end, len(line))]))
			from = min(end, len(line))
		}
		if rest := strings.TrimSpace(line[from:]); rest != "" {
			out = append(out, rest)
		}
	}
	return out
}

// Ended tells whether a sentence has an end: what has none is a heading, an item or a cell.
func Ended(sentence string) bool {
	return strings.ContainsAny(sentence[max(0, len(sentence)-3):], "。！？.!?।؟")
}

// startsSentence tells whether what follows a full stop begins a sentence: "e.g. the" goes on.
func startsSentence(rest string) bool {
	for _, r := range rest {
		return !unicode.IsLower(r)
	}
	return true
}

// IsStopWord tells whether a word only joins others.
func IsStopWord(word string) bool { return stopWords()[notes.Fold(word)] }
