package ask

import (
	"regexp"
	"strings"
)

// contradicted tells whether the evidence denies what the sentence says, or says it of something else.
func (w *words) contradicted(units []unit, from, to int) bool {
	sentence := clausesOf(w.text, false)
	var near, all []clause
	for i, u := range units {
		all = append(all, u.clauses...)
		if i >= from-1 && i < to+1 {
			near = append(near, u.clauses...)
		}
	}
	for _, c := range sentence {
		if len(c.content) > 0 && denies(c, near) {
			return true
		}
	}
	for _, f := range w.facts {
		if f.kind != "code" && f.kind != "version" && w.misplaced(f, sentence, units) || f.kind == "number" && (countsOther(f, all) || otherUnit(f, units)) {
			return true
		}
	}
	return w.turnedRound(units[from:to])
}

// denies tells that the clauses that say most of c say the opposite.
func denies(c clause, evidence []clause) bool {
	agree, deny := 0.0, 0.0
	for _, e := range evidence {
		if share, same := c.answers(e); same {
			agree = max(agree, share)
		} else {
			deny = max(deny, share)
		}
	}
	return deny >= enoughDenied && deny > agree
}

var passive = regexp.MustCompile(`(?i)\b(?:is|are|was|were|be|been|being|gets|got)\s+(?:\p{L}+ly\s+)?\p{L}+\s+(?:\p{L}+\s+){0,2}by\b|\bby\s+\p{Lu}|\bfrom\s+\p{Lu}`)

// turnedRound tells that a sentence has two names round a word in the other order than a unit of its evidence, with neither passive.
func (w *words) turnedRound(units []unit) bool {
	for _, u := range units {
		for i, a := range w.facts {
			for _, b := range w.facts[i+1:] {
				if a.kind != "name" || b.kind != "name" || a.text == b.text {
					continue
				}
				said, ok := between(w.text, a.text, b.text)
				told, back := between(u.text, b.text, a.text)
				if ok && back && passive.MatchString(w.text) == passive.MatchString(u.text) && newWords(said).sharesVerb(newWords(told)) {
					return true
				}
			}
		}
	}
	return false
}

// between is what stands between two names that follow one another in this order.
func between(s, a, b string) (string, bool) {
	s = strings.ToLower(s)
	from := strings.Index(s, a)
	if from < 0 {
		return "", false
	}
	from += len(a)
	to := strings.Index(s[from:], b)
	if to <= 0 {
		return "", false
	}
	return s[from : from+to], true
}

// sharesVerb tells whether two short texts have a word in common.
func (w *words) sharesVerb(other *words) bool {
	for t := range w.content {
		if other.says(t) {
			return true
		}
	}
	return false
}
