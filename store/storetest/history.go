package storetest

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

func testChanges(t *testing.T, mk Maker) {
	ctx := context.Background()
	s := mk.fresh(t)
	version := func(id, hash string) store.Put {
		p := Note(id, "", hash)
		p.Note.Hash = hash
		return p
	}
	for _, b := range []store.Batch{
		{Puts: []store.Put{version("a.md", "1"), version("b.md", "2")}},
		{Puts: []store.Put{version("a.md", "1")}}, // as it was
		{Puts: []store.Put{version("a.md", "3")}},
		{Deletes: []string{"a.md", "never.md"}, Puts: []store.Put{version("c.md", "3")}},
		{Puts: []store.Put{version("d.md", "2")}}, // a copy, whose original goes in the next batch
		{Deletes: []string{"b.md"}},
		{Files: []store.File{{ID: "d.md", State: store.Skipped, Reason: "excluded"}}},
		{Deletes: []string{"c.md"}},
	} {
		Apply(t, s, b)
	}
	h, err := s.Changes(ctx, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range h.Events {
		got = append(got, fmt.Sprintf("%d %s %s %s %s>%s", e.Cursor, e.Event, e.Path, e.OldPath, e.OldHash, e.NewHash))
		if age := time.Since(time.UnixMilli(e.Time)); age < -time.Minute || age > time.Minute {
			t.Errorf("%+v is %v old", e, age)
		}
	}
	want := []string{
		"1 added a.md  >1", "2 added b.md  >2", "3 changed a.md  1>3", "4 renamed c.md a.md 3>3", "5 added d.md  >2",
		"6 renamed d.md b.md 2>2", "7 removed d.md  2>", "8 removed c.md  3>",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	part, err := s.Changes(ctx, 3, 2)
	if err != nil || len(part.Events) != 2 || part.Cursor != 5 || part.Pruned {
		t.Errorf("%+v %v", part, err)
	}
	if none, err := s.Changes(ctx, h.Cursor, 10); err != nil || len(none.Events) != 0 || none.Cursor != 8 || none.Pruned {
		t.Errorf("%+v %v", none, err)
	}
	if end, err := s.Changes(ctx, math.MaxInt64, 0); err != nil || end.Cursor != 8 {
		t.Errorf("the end is %+v %v", end, err)
	}
	if own, err := s.ChangesOf(ctx, "d.md", 2); err != nil || len(own) != 2 || own[0].Event != store.Removed || own[1].OldPath != "b.md" {
		t.Errorf("of one file: %+v %v", own, err)
	}
}
