package ask

import (
	"regexp"
	"strconv"
	"strings"

	"amalfa/tasks/prompts"
)

// A reference is what a sentence cites: a passage by its number, and lines of it; 0, 0 is all of them.
type reference struct {
	ref   int
	lines [2]int
}

var (
	bracket  = regexp.MustCompile(`[\[【]([^\[\]【】\n]{1,300})[\]】]`)
	numbered = regexp.MustCompile(`^(?:passage\s+|note\s+|source\s+)?#?(\d{1,3})(?::\s*(?:lines?\s*)?L?(\d{1,7})(?:\s*[-–]\s*L?(\d{1,7}))?)?$`)
	located  = regexp.MustCompile(`^(.+?):L?(\d{1,7})(?:\s*[-–]\s*L?(\d{1,7}))?$`)
)

// takeCitations takes the citations out of a sentence: what stands in brackets and names passages by number or by path. Those of
// passages that the model was never given are counted and mean nothing; other brackets stay in the text.
func takeCitations(s string, given []prompts.Passage) (text string, refs []reference, unknown int) {
	text = bracket.ReplaceAllStringFunc(s, func(found string) string {
		inner := bracket.FindStringSubmatch(found)[1]
		var here []reference
		missing := 0
		for part := range strings.FieldsFuncSeq(inner, func(r rune) bool { return r == ',' || r == ';' }) {
			r, known, isCitation := readReference(strings.TrimSpace(strings.Trim(part, "` ")), given)
			if !isCitation {
				return found
			}
			if known {
				here = append(here, r)
			} else {
				missing++
			}
		}
		refs, unknown = append(refs, here...), unknown+missing
		return ""
	})
	text = strings.Join(strings.Fields(text), " ")
	for _, mark := range []string{".", ",", ";", ":", "!", "?"} {
		text = strings.ReplaceAll(text, " "+mark, mark)
	}
	return text, refs, unknown
}

func readReference(part string, given []prompts.Passage) (r reference, known, isCitation bool) {
	if m := numbered.FindStringSubmatch(strings.ToLower(part)); m != nil {
		r.ref, _ = strconv.Atoi(m[1])
		r.lines = lineRange(m[2], m[3])
		return r, r.ref >= 1 && r.ref <= len(given), true
	}
	path, lines := part, [2]int{}
	if m := located.FindStringSubmatch(part); m != nil {
		path, lines = m[1], lineRange(m[2], m[3])
	}
	for _, p := range given {
		if p.ID == path && (lines[0] == 0 || lines[0] <= p.Lines[1] && lines[1] >= p.Lines[0]) {
			return reference{p.Ref, lines}, true, true
		}
	}
	return r, false, lines[0] > 0 && strings.ContainsAny(path, "./")
}

func lineRange(a, b string) (lines [2]int) {
	lines[0], _ = strconv.Atoi(a)
	if lines[1], _ = strconv.Atoi(b); b == "" {
		lines[1] = lines[0]
	}
	if lines[1] < lines[0] {
		lines[0], lines[1] = lines[1], lines[0]
	}
	return lines
}
