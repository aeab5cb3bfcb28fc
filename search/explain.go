package search

// Explanation says what each stage made of a hit. A rank is 0 where the stage did not bring it up.
type Explanation struct {
	KeywordRank int     `json:"keywordRank"` // among the passages that hold the words
	VectorRank  int     `json:"vectorRank"`  // among those nearest to the question
	FirstRank   int     `json:"firstRank"`   // after the first fusion, before the question moved towards the best passages
	FusedRank   int     `json:"fusedRank"`   // after fusion
	Named       bool    `json:"named"`       // the question is a name of the note
	Verbatim    bool    `json:"verbatim"`    // it holds the question's identifiers as written
	Bonus       float64 `json:"bonus"`       // what those two add to the score
	FinalRank   int     `json:"finalRank"`   // after reranking and folding
}

// explain notes the places of all candidates at one stage.
func explain(found []candidate, at func(*Explanation) *int) {
	for i := range found {
		*at(&found[i].why) = i + 1
	}
}
