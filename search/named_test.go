package search

import "testing"

// A name that says nothing lifts no note; who types it finds the note by its words all the same.
func TestNamesThatSayNothing(t *testing.T) {
	const uuid = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
	s := New(vault(t,
		note("n/d000123.md", "d000123", "boats and buoys"), note("n/"+uuid+".md", uuid, "tide tables"), note("n/42.md", "42", "moorings"),
		note("n/202403051430.md", "202403051430", "harbour"), note("n/Untitled 3.md", "Untitled 3", "ferries"), note("tides.md", "tides", "neap"),
		note("other.md", "other", "42 boats and 3 untitled charts, tides of the harbour"),
	), nil, nil)
	for question, want := range map[string]struct {
		id    string
		named bool
	}{
		"d000123": {"n/d000123.md", false}, uuid: {"n/" + uuid + ".md", false}, "42": {"n/42.md", false}, "Untitled 3": {"n/Untitled 3.md", false},
		"202403051430": {"n/202403051430.md", false}, "tides": {"tides.md", true}, "n/d000123.md": {"n/d000123.md", true},
	} {
		a, err := s.Search(t.Context(), Query{Text: question})
		if err != nil || len(a.Results) == 0 {
			t.Errorf("%q: %v, %d hits", question, err, len(a.Results))
			continue
		}
		if hit := a.Results[0]; hit.ID != want.id || hit.Why.Named != want.named {
			t.Errorf("%q: first is %s, named %v", question, hit.ID, hit.Why.Named)
		}
	}
}
