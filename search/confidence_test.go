package search

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"amalfa/store"
)

// Words alone: what the notes do not hold is answered by nothing, however few they are, and a word or a name that they hold by more.
func TestConfidenceOfWords(t *testing.T) {
	for _, size := range []int{1, 5, 50} {
		puts := []store.Put{note("code/kraken.md", "Kraken", "see getUserID for error E1234 of the pilot")}
		for i := 1; i < size; i++ {
			puts = append(puts, note(fmt.Sprintf("n%02d.md", i), "A note", fmt.Sprintf("the harbour keeps %d boats for the tide", i)))
		}
		s := New(vault(t, puts...), nil, nil)
		for text, want := range map[string]string{
			"xyzzyplugh": None, "xyzzyplugh of the blarghfoo": None, "E1234": High, "getUserID": High, "kraken": High, "pilot": Medium, "error of the pilot": Medium,
		} {
			a := ask(t, s, Query{Text: text})
			if a.Confidence != want {
				t.Errorf("%d notes, %q: %s (%.3f), not %s", size, text, a.Confidence, a.Probability, want)
			}
			if a.Vectors != (Share{0, size}) {
				t.Errorf("%d notes: vectors %+v", size, a.Vectors)
			}
		}
	}
}

// The score is the probability; it falls from hit to hit, and is the same whatever the limit.
func TestScoresFall(t *testing.T) {
	var puts []store.Put
	for i := range 12 {
		puts = append(puts, note(fmt.Sprintf("n%02d.md", i), "A note", fmt.Sprintf("the tide of harbour %d", i)))
	}
	s := New(vault(t, puts...), nil, nil)
	long := ask(t, s, Query{Text: "tide harbour", Limit: 12})
	short := ask(t, s, Query{Text: "tide harbour", Limit: 3})
	if len(long.Results) != 12 || long.Probability != long.Results[0].Score || long.Confidence != long.Results[0].Confidence {
		t.Fatalf("%+v", long)
	}
	for i, h := range long.Results {
		if i > 0 && h.Score >= long.Results[i-1].Score {
			t.Errorf("%v after %v", h.Score, long.Results[i-1].Score)
		}
		if i < 3 && h.Score != short.Results[i].Score {
			t.Errorf("%v and %v", h.Score, short.Results[i].Score)
		}
	}
}

func TestMinConfidence(t *testing.T) {
	s := New(vault(t, note("a.md", "A", "tide tables pilot storm quay granite harbour radio channel boats"), note("b.md", "B", "the quay")), nil, nil)
	all := ask(t, s, Query{Text: "tide tables pilot storm quay granite harbour radio channel boats"})
	some := ask(t, s, Query{Text: "tide tables pilot storm quay granite harbour radio channel boats", MinConfidence: Medium})
	if len(all.Results) != 2 || len(some.Results) != 1 || some.Results[0].ID != "a.md" || some.Confidence != all.Confidence {
		t.Errorf("%+v", some)
	}
	if none := ask(t, s, Query{Text: "tide tables pilot storm quay granite harbour radio channel boats", MinConfidence: High}); len(none.Results) != 0 || none.Confidence != Medium {
		t.Errorf("%+v", none)
	}
	if listed := ask(t, s, Query{Text: "path:a.md", MinConfidence: High}); !listed.Listed || len(listed.Results) != 1 || listed.Confidence != "" || listed.Results[0].Score != 0 {
		t.Errorf("%+v", listed)
	}
	if _, err := s.Search(t.Context(), Query{Text: "tide", MinConfidence: "sure"}); !errors.Is(err, ErrQuery) {
		t.Error(err)
	}
}

// The reranker is not asked where a name is spelled out, unless it always is.
func TestRerankWhereItPays(t *testing.T) {
	s := New(vault(t, note("kraken.md", "Kraken", "the tide"), note("b.md", "B", "the kraken and the tide")), nil, nil)
	for _, test := range []struct {
		text   string
		always bool
		judged int
	}{{"kraken", false, 0}, {"kraken", true, 2}, {"tide", false, 2}} {
		j := &judge{scores: map[string]float64{"tide": .5}}
		a := ask(t, s, Query{Text: test.text, Mode: Keyword, Rerank: Rerank{With: j, Always: test.always}})
		if a.Judged != test.judged || len(j.asked) != test.judged {
			t.Errorf("%+v: judged %d, asked %d", test, a.Judged, len(j.asked))
		}
	}
}

func TestRerankerMovesProbability(t *testing.T) {
	c := KnownCalibrations().Words
	at := func(score *float64) float64 { return c.Probability(Evidence{Found: 0.2, Rerank: score}) }
	sure, unsure, none := 1.0, 0.5, 0.0
	if !(at(&none) < at(nil) && at(&unsure) == at(nil) && at(nil) < at(&sure)) {
		t.Errorf("%v %v %v %v", at(&none), at(nil), at(&unsure), at(&sure))
	}
}

// A fit finds what the samples were drawn by: found counts, the cosine says nothing.
func TestFit(t *testing.T) {
	var samples []Sample
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		cosine, found := 0.6+random.Float64()/5, random.Float64()
		s := Sample{Evidence{Cosine: &cosine, Found: found}, "a", "a"}
		if random.Float64() > found {
			s.Questions = "b"
		}
		samples = append(samples, s)
	}
	c := Fit(samples, true, true)
	if c.Found < 1 || math.Abs(c.Cosine) > c.Found || c.Missing != 0 || c.Low <= 0 || c.Low > c.Medium || c.Medium > c.High {
		t.Errorf("%+v", c)
	}
	if same := Fit(samples, true, true); same != c {
		t.Errorf("%+v and %+v", c, same)
	}
}
