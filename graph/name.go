package graph

import (
	"cmp"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"unicode"
)

// nameTerms is how many terms name a community.
const nameTerms = 3

// name gives each community the tags and words of titles that set it apart from the others: those with the largest class-based
// TF-IDF (Grootendorst, BERTopic, 2022), of which at least two of its notes have each. A community without any goes by its first note's title.
func (n *Network) name(c *Communities) {
	tags := n.Tags()
	holding := map[string]int{} // term → notes
	terms := make([][]string, len(n.Notes))
	for i := range n.Notes {
		terms[i] = n.termsOf(i, tags[i])
		for _, t := range terms[i] {
			holding[t]++
		}
	}
	for i := range c.All {
		c.All[i].Name = n.nameOf(c.All[i].Notes, terms, holding)
	}
}

func (n *Network) nameOf(notes []int32, terms [][]string, holding map[string]int) string {
	within := map[string]int{}
	for _, node := range notes {
		for _, t := range terms[node] {
			within[t]++
		}
	}
	score := func(t string) float64 {
		return float64(within[t]) / float64(len(notes)) * math.Log(1+float64(len(n.Notes))/float64(holding[t]))
	}
	maps.DeleteFunc(within, func(_ string, count int) bool { return count < 2 })
	best := slices.SortedFunc(maps.Keys(within), func(a, b string) int { return cmp.Or(cmp.Compare(score(b), score(a)), cmp.Compare(a, b)) })
	best = best[:min(len(best), nameTerms)]
	if len(best) == 0 {
		first := n.Notes[notes[0]]
		return cmp.Or(first.Title, first.ID)
	}
	return strings.Join(best, ", ")
}

// termsOf are the tags of a note, the words of its title and the folder it is in, each once.
func (n *Network) termsOf(note int, tags []string) []string {
	var terms []string
	for _, tag := range tags {
		terms = append(terms, "#"+tag)
	}
	title := strings.FieldsFunc(strings.ToLower(n.Notes[note].Title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' && r != '-' })
	folder := strings.ToLower(path.Base(path.Dir(n.Notes[note].ID)))
	for _, word := range append(title, folder) {
		if len([]rune(word)) > 3 || word != "" && word[0] >= 0x80 { // shorter Latin words join sentences
			terms = append(terms, word)
		}
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}
