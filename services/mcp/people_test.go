package mcp

import (
	"slices"
	"testing"
)

// TestOnly: what is left of what is served, for who may open some of it.
func TestOnly(t *testing.T) {
	all := Options{Name: "notes", Names: []string{"notes", "plans", "log"}, Write: true, Profile: Full, Others: []Options{{Name: "plans"}, {Name: "log", Write: true}}}
	for _, tt := range []struct {
		write       bool
		opens       []bool
		name        string
		writes      bool
		names       []string
		description string
	}{
		{true, []bool{true, true, true}, "notes", true, []string{"notes", "plans", "log"}, "all"},
		{false, []bool{true, true, true}, "notes", false, []string{"notes", "plans", "log"}, "all, to read"},
		{true, []bool{true, false, false}, "notes", true, nil, "this one"},
		{true, []bool{false, true, true}, "plans", false, []string{"plans", "log"}, "the others"},
		{true, []bool{false, false, true}, "log", false, nil, "one of the others"},
		{true, []bool{true, false, true}, "notes", true, []string{"notes", "log"}, "this one and another"},
	} {
		o := all.only(tt.write, tt.opens)
		if o.Name != tt.name || o.Write != tt.writes || !slices.Equal(o.Names, tt.names) || len(o.Others) != max(0, len(tt.names)-1) || o.Profile != Full {
			t.Errorf("%s: %+v", tt.description, o)
		}
		for i, other := range o.Others {
			if other.Name != tt.names[i+1] || other.Write {
				t.Errorf("%s: beside it %+v", tt.description, other)
			}
		}
	}
	if !all.Write || len(all.Others) != 2 || len(all.Names) != 3 {
		t.Errorf("what is served has changed: %+v", all)
	}
}
