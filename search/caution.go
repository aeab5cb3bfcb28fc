package search

import "strings"

// closestOnly is what an agent or a language model has to know of results of which none is likely to answer.
const closestOnly = "Nothing here answers that, as far as words and meaning tell; the results below are only the closest. " +
	"Do not take them for an answer: say that the notes hold none, or ask in other words."

// Cautions say in words, for an agent or a language model, how its results are to be taken: that some satisfy only a part of
// the question (relaxed, which are the question's own words), and that none is likely to answer, which is the confidence None.
// There are none for an answer that is to be taken as it is.
func Cautions(confidence string, relaxed []string, results int) (all []string) {
	if len(relaxed) > 0 {
		all = append(all, "Relaxed: results so marked do not satisfy all of "+strings.Join(relaxed, ", ")+".")
	}
	if results > 0 && confidence == None {
		all = append(all, closestOnly)
	}
	return all
}
