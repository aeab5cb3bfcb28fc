package ask

import (
	"regexp"
	"strings"

	"amalfa/store/text"
)

// A clause is a part of a sentence that says one thing, and whether it denies it.
type clause struct {
	*words
	negative bool
	denied   string // stem of the word behind the denial, "" for none
	question bool   // or a condition: it says neither that something is so nor that it is not
}

var conditional = regexp.MustCompile(`(?i)^[\s,;]*(?:or|otherwise|else|unless|until|oder|sonst)\b`)

var exception = regexp.MustCompile(`(?i)^[\s,;]*(?:without|except|ohne|außer)\b`)

var contrast = regexp.MustCompile(`(?i)^[\s,;]*(?:not|never|nicht|kein|nie)\s+\S`)

var clauseEnd = regexp.MustCompile(`[;:,](?:\s|$)|[.?!]\s|\s[—–-]\s|\s(?:and|but|so|because|while|whereas|which|who|until|unless|when|if|although|though|since|or|und|aber|weil|wenn|dass|oder)\s`)

// clausesOf cuts a text. What is too short to say something belongs to what is before it. A row of a table is one clause: a "no" in it
// is a value.
func clausesOf(s string, row bool) (all []clause) {
	if row {
		return []clause{{words: newWords(s)}}
	}
	at, from := 0, 0
	for _, loc := range append(clauseEnd.FindAllStringIndex(s, -1), []int{len(s), len(s)}) {
		part := s[at:loc[0]]
		at = loc[0]
		if !saysSomething(part) && loc[0] < len(s) && len(all) == 0 {
			continue // goes with the next one
		}
		if !saysSomething(part) && len(all) > 0 {
			all[len(all)-1] = newClause(all[len(all)-1].text + part)
			from = loc[0]
			continue
		}
		all = append(all, newClause(s[from:loc[0]]))
		from = loc[0]
	}
	return all
}

func saysSomething(part string) bool {
	if exception.MatchString(part) {
		return false
	}
	w := newWords(part)
	n := len(w.content)
	for _, f := range w.facts {
		if f.kind != "name" {
			n++
		}
	}
	return n >= 2 || n == 1 && denial.MatchString(part) || contrast.MatchString(part)
}

func newClause(s string) clause {
	c := clause{words: newWords(s), negative: isNegative(s), question: strings.Contains(s, "?") || conditional.MatchString(s)}
	if !c.negative {
		return c
	}
	said := seemingly.ReplaceAllString(s, " ")
	all := denial.FindAllStringIndex(said, -1)
	for _, term := range text.Terms(said[all[len(all)-1][1]:]) {
		if !functionWords[term] {
			c.denied = stemOf(term)
			break
		}
	}
	return c
}

// answers tells how much of a clause another one says, and whether it says so or the opposite. Where it cannot be told that both speak of
// the same, share is 0.
func (c clause) answers(e clause) (share float64, same bool) {
	share = c.coverOf(e.words)
	flipped := opposed(c.text, e.text)
	if same = c.negative == e.negative != flipped; same {
		return share, true
	}
	switch {
	case e.question, c.negative && c.denied != "" && !e.says(c.denied), e.negative && e.denied != "" && !c.says(e.denied):
		return 0, false
	}
	return share, false
}
