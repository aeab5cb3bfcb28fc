package reranker

import (
	"encoding/json"
	"slices"
	"testing"

	"amalfa/inference"
)

// FuzzBodies reads any body as each dialect would: what is accepted is a
// request whose order names each document once and whose budget is no less
// than none.
func FuzzBodies(f *testing.F) {
	for _, seed := range []string{`{"query":"q","documents":["a","b"],"topK":1,"prior_scores":[1,2],"budget_ms":5}`, `{"query":"q","texts":["a"],"truncate":false}`,
		`{"query":"q","documents":["a"],"top_n":1,"model":"m"}`, `{"query":"q","documents":[{"text":"a"},"b"],"rank_fields":["text"],"max_chunks_per_doc":2}`, `{"documents":[null]}`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var bodies []asked
		var any rerankBody
		if json.Unmarshal(data, &any) == nil {
			switch {
			case any.tei != nil:
				bodies = append(bodies, any.tei)
			case any.infinity != nil:
				bodies = append(bodies, any.infinity)
			case any.own != nil:
				bodies = append(bodies, any.own)
			}
		}
		var cohere cohereRequest
		if json.Unmarshal(data, &cohere) == nil {
			bodies = append(bodies, &cohere)
		}
		for _, b := range bodies {
			r, err := b.request()
			if err != nil {
				continue
			}
			order := slices.Sorted(slices.Values(r.Order))
			if r.Budget < 0 || r.MaxWindows < 0 || r.Order != nil && !slices.Equal(order, inference.UpTo(len(r.Documents))) {
				t.Errorf("accepted %+v", r)
			}
		}
	})
}
