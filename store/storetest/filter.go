package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

func testSelect(t *testing.T, mk Maker) {
	ctx := context.Background()
	s := mk.fresh(t)
	tides := Note("docs/sea/tides.md", "Tides", "x")
	tides.Note.Tags, tides.Note.Date = []string{"sea/coast", "water"}, "2024-03-05T10:00:00Z"
	moon := Note("docs2/moon.md", "Moon", "x")
	moon.Note.Tags, moon.Note.MTime = []string{"seal"}, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	moon.Edges = []store.Edge{{Target: "Tides", Type: "LINKS_TO"}}
	code := Note("src/a[b].go", "a", "x")
	code.Note.Kind, code.Note.Date = "go", "last spring"
	Apply(t, s, store.Batch{Puts: []store.Put{tides, moon, code}})
	for _, c := range []struct {
		name string
		all  []store.Condition
		want []int64
	}{
		{"folder", []store.Condition{{By: store.ByPath, Values: []string{"docs/"}}}, []int64{1}},
		{"part", []store.Condition{{By: store.ByPath, Values: []string{"docs"}}}, []int64{1, 2}},
		{"later part", []store.Condition{{By: store.ByPath, Values: []string{"sea/ti"}}}, []int64{1}},
		{"no part within a name", []store.Condition{{By: store.ByPath, Values: []string{"ides"}}}, nil},
		{"glob", []store.Condition{{By: store.ByPath, Values: []string{"*.md"}}}, []int64{1, 2}},
		{"brackets are no glob", []store.Condition{{By: store.ByPath, Values: []string{"a[b]"}}}, []int64{3}},
		{"either", []store.Condition{{By: store.ByPath, Values: []string{"src", "docs/"}}}, []int64{1, 3}},
		{"tag", []store.Condition{{By: store.ByTag, Values: []string{"sea"}}}, []int64{1}},
		{"both tags", []store.Condition{{By: store.ByTag, Values: []string{"sea/coast"}}, {By: store.ByTag, Values: []string{"water"}}}, []int64{1}},
		{"not", []store.Condition{{By: store.ByTag, Values: []string{"sea"}, Not: true}}, []int64{2, 3}},
		{"kind", []store.Condition{{By: store.ByType, Values: []string{"markdown"}}}, []int64{1, 2}},
		{"extension", []store.Condition{{By: store.ByType, Values: []string{"MD", "go"}}}, []int64{1, 2, 3}},
		{"after", []store.Condition{{By: store.ByAfter, Values: []string{"2024-03-05"}}}, []int64{1, 2}},
		{"before", []store.Condition{{By: store.ByBefore, Values: []string{"2024-03-05"}}}, []int64{3}},
		{"link", []store.Condition{{By: store.ByLink, Values: []string{"docs/sea/tides.md"}}}, []int64{2}},
	} {
		set, err := s.Select(ctx, c.all)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for id := range int64(9) {
			if set.Has(id) {
				got = append(got, id)
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	newest, err := s.Newest(ctx, nil, 2)
	if d := cmp.Diff([]int64{2, 1}, newest); d != "" || err != nil {
		t.Error(d, err)
	}
	for _, bad := range []store.Condition{{By: "colour", Values: []string{"x"}}, {By: store.ByAfter, Values: []string{"soon"}}, {By: store.ByTag}} {
		if _, err := s.Select(ctx, []store.Condition{bad}); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
	if set, err := s.Select(ctx, nil); set != nil || err != nil {
		t.Errorf("no condition: %v %v", set, err)
	}
}
