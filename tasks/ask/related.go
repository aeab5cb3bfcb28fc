package ask

import (
	"strings"
	"unicode/utf8"

	"amalfa/store/text"
)

// stemOf is a term without its ending; irregular forms have the stem of the regular one.
func stemOf(term string) string {
	if base, ok := irregular[term]; ok {
		return base
	}
	return text.Stem(term)
}

// irregular are forms that no ending explains, and the stem of the word they are forms of.
var irregular = stems(`write wrote written|keep kept|sell sold sale sales|build built|hold held|run ran|leave left|lose lost loss|spend spent|take took taken|give gave given gift|
	choose chose chosen choice|make made|send sent|pay paid payment payments|meet met|go went gone|come came|say said|find found|draw drew drawn|drive drove driven|speak spoke spoken|show shown|
	sleep slept|fall fell fallen|rise rose risen|begin began begun|break broke broken|bring brought|buy bought|teach taught|think thought|know knew known knowledge|grow grew grown growth|
	lead led|feed fed|hide hid hidden|steal stole stolen|win won|wear wore worn|child children|person people persons|decide decision decisions|see saw seen|eat ate eaten|fly flew flown flight|
	forget forgot forgotten|get got gotten|hear heard|stand stood|swim swam swum|throw threw thrown|understand understood|wake woke woken|become became|deal dealt|dig dug|fight fought|
	freeze froze frozen|lend lent|mean meant|ride rode ridden|ring rang rung|shake shook shaken|shoot shot|shut|sink sank sunk|sit sat|stick stuck|sweep swept|tear tore torn|born birth|
	mouse mice|foot feet|tooth teeth|man men|woman women|half halves|life lives live|proof prove proven|belief believe|arrival arrive|refusal refuse|approval approve|removal remove|
	renewal renew|failure fail|departure depart|closure close|pressure press|storage store|weight weigh|height high|length long|strength strong|depth deep|width wide|cost costs`)

func stems(lines string) map[string]string {
	all := map[string]string{}
	for line := range strings.SplitSeq(lines, "|") {
		forms := strings.Fields(line)
		for _, f := range forms[1:] {
			all[f] = text.Stem(forms[0])
		}
	}
	return all
}

// endings are what a word gets behind it when it becomes another of its family.
var endings = listed(`e s es y i ed er or r ing ion tion ation ition ment al ly ance ence able ible ness ship age ure ice ity ive ist ism ant ent ary ery ory d n t en ier ies ied`)

// related tells whether two stems are of one family of words: one begins as the other, and goes on with an ending.
func related(a, b string) bool {
	if a == b {
		return true
	}
	ra, rb := []rune(a), []rune(b)
	shared := 0
	for shared < min(len(ra), len(rb)) && ra[shared] == rb[shared] {
		shared++
	}
	if shared >= 5 && shared*10 >= max(len(ra), len(rb))*7 {
		return true
	}
	endA, endB := string(ra[shared:]), string(rb[shared:])
	if endA != "" && endA != "e" && endA != "y" && endA != "i" && endB != "" && endB != "e" && endB != "y" && endB != "i" {
		return false
	}
	if shared == 3 {
		return endA == "" && endB == "er" || endA == "er" && endB == ""
	}
	return shared >= 4 && (endA == "" || endings[endA]) && (endB == "" || endings[endB])
}

// says tells whether a text has a word, in any form.
func (w *words) says(stem string) bool {
	if _, ok := w.joined[stem]; ok || w.content[stem] > 0 {
		return true
	}
	if utf8.RuneCountInString(stem) < 3 {
		return false
	}
	for other := range w.content {
		if related(stem, other) {
			return true
		}
	}
	return false
}

// coverOf is the share of the content of w that the evidence says, by weight.
func (w *words) coverOf(evidence *words) float64 {
	sum, held := 0.0, 0.0
	for t, weight := range w.content {
		sum += weight
		if evidence.says(t) || w.writtenAsOne(t, evidence) {
			held += weight
		}
	}
	if sum == 0 {
		return 0
	}
	return held / sum
}

// writtenAsOne tells that a word is half of one that the evidence writes as one.
func (w *words) writtenAsOne(t string, evidence *words) bool {
	for one, halves := range w.joined {
		if (halves[0] == t || halves[1] == t) && evidence.content[one] > 0 {
			return true
		}
	}
	return false
}
