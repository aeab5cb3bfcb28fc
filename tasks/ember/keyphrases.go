package ember

import (
	"strings"
	"unicode"

	"amalfa/notes"
	"amalfa/tasks/terms"
)

// Bounds on what a note is given.
const (
	maxTags       = 5
	maxLinks      = 5
	maxKeyphrases = 5
	maxSummary    = 240 // bytes of the sentence
	leastWords    = 40  // of a note that gets keyphrases and a summary: a shorter one says it all itself
)

// keyphrases are the most telling terms of a note, none within another one, with how sure it is that they tell something: the share of a
// term's weight to that of the first, halved for what stands there once.
func (c *corpus) keyphrases(node int32, d *document) (out []Suggestion) {
	if wordCount(d.text) < leastWords {
		return nil
	}
	return c.phrases(node, d)
}

// phrases are keyphrases of a note of any length.
func (c *corpus) phrases(node int32, d *document) (out []Suggestion) {
	title := " " + terms.Key(c.net.Notes[node].Title) + " "
	var keys []string
	for _, t := range d.terms {
		if len(out) == maxKeyphrases {
			break
		}
		key := " " + t.Key + " "
		if overlaps(keys, key) || strings.Contains(title, key) && t.Words == 1 || !readable(t.Text) {
			continue
		}
		keys = append(keys, key)
		confidence := keyphraseBase * t.CValue / d.terms[0].CValue
		if t.Count == 1 {
			confidence /= 2
		}
		out = append(out, Suggestion{Kind: KindKeyphrase, Value: t.Text, Confidence: round(confidence)})
	}
	return out
}

// keyphraseBase is set by hand: a confidence of keyphrases ranks them within a note and is not measured.
const keyphraseBase = 0.9

func overlaps(keys []string, key string) bool {
	for _, have := range keys {
		if strings.Contains(have, key) || strings.Contains(key, have) {
			return true
		}
	}
	return false
}

// readable leaves out what is no phrase of a person: hashes, numbers, paths.
func readable(s string) bool {
	letters, others := 0, 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsMark(r) {
			letters++
		} else if r != ' ' {
			others++
		}
	}
	return letters >= 2 && others*2 <= letters && len(s) <= 60
}

func wordCount(s string) int {
	n := len(strings.Fields(s))
	for _, r := range s { // scripts without spaces: two letters are about a word
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) {
			n++
		}
	}
	return n
}

// summary is the sentence that says most of what the note is about: the sum of its terms' weights, by the root of its length, more for what
// stands near the beginning. It is one of the note's own; its confidence is the share of the note's weight that it holds.
func (c *corpus) summary(d *document) (Suggestion, bool) {
	if wordCount(d.text) < leastWords {
		return Suggestion{}, false
	}
	best, bestScore, held := "", 0.0, 0.0
	for i, s := range terms.Sentences(d.text) {
		if i == maxSentences {
			break
		}
		if len(s) > maxSummary || !terms.Ended(s) || wordCount(s) < 5 {
			continue
		}
		sum, square := 0.0, 0.0
		for _, t := range terms.Extract(s) {
			if w := d.profile[t.Key]; w > 0 {
				sum += w
				square += w * w
			}
		}
		if score := sum / (3 + float64(wordCount(s))) * (1 + 1/(1+float64(i)/3)); score > bestScore {
			best, bestScore, held = s, score, square
		}
	}
	if best == "" {
		return Suggestion{}, false
	}
	return Suggestion{Kind: KindSummary, Value: best, Confidence: round(min(0.5+held/2, 0.95))}, true
}

// maxSentences bounds how many sentences of a note are weighed.
const maxSentences = 200

// cleanSentence is a summary as it is written: one line, bounded.
func cleanSentence(s string) string {
	return notes.Clip(strings.Join(strings.Fields(s), " "), maxSummary)
}
