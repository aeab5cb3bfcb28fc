package storetest

import (
	"context"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
	"amalfa/store/text"
)

var Model3 = store.Model{Digest: "d3", Name: "three", Dim: 3}

func chunkIDs(t *testing.T, s store.Store, note string) map[string]int64 {
	t.Helper()
	chunks, err := s.Chunks(context.Background(), note)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]int64{}
	for i, c := range chunks {
		if c.Seq != i {
			t.Errorf("chunk %d has seq %d", i, c.Seq)
		}
		ids[c.Text] = c.ID
	}
	return ids
}

func testChunksKeepTheirIDs(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	Apply(t, s, store.Batch{Puts: []store.Put{Note("a.md", "T", "one", "two", "three")}})
	before := chunkIDs(t, s, "a.md")
	Apply(t, s, store.Batch{Puts: []store.Put{Note("a.md", "T", "zero", "three", "one")}})
	after := chunkIDs(t, s, "a.md")
	if d := cmp.Diff(map[string]int64{"one": before["one"], "three": before["three"], "zero": 4}, after); d != "" {
		t.Error(d)
	}
	Apply(t, s, store.Batch{Deletes: []string{"a.md"}})
	Apply(t, s, store.Batch{Puts: []store.Put{Note("a.md", "T", "one")}})
	if id := chunkIDs(t, s, "a.md")["one"]; id != 5 {
		t.Errorf("the id of a chunk that is gone was given again: %d", id)
	}
}

func testEqualChunks(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	Apply(t, s, store.Batch{Puts: []store.Put{Note("a.md", "T", "same", "same", "same")}})
	Apply(t, s, store.Batch{Puts: []store.Put{Note("a.md", "T", "same")}})
	if d := cmp.Diff(map[string]int64{"same": 1}, chunkIDs(t, s, "a.md")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"a.md:0"}, Found(t, s, text.Term("same"))); d != "" {
		t.Error(d)
	}
}

func testVectorsAreSharedAndSwept(t *testing.T, mk Maker) {
	ctx := context.Background()
	s := mk.fresh(t)
	Apply(t, s, store.Batch{
		Puts:    []store.Put{Note("a.md", "", "x", "y"), Note("b.md", "", "x")},
		Vectors: map[string][]float32{"c:x": {1, 0, 0}, "c:y": {0, 3, 4}, "c:none": {1, 1, 1}}, Model: Model3,
	})
	want := map[int64][]float32{1: {1, 0, 0}, 2: {0, .6, .8}, 3: {1, 0, 0}}
	if d := cmp.Diff(want, VectorsOf(t, s, "d3")); d != "" {
		t.Error(d)
	}
	// A rename in one batch keeps the vector; a deletion removes what nothing uses.
	Apply(t, s, store.Batch{Deletes: []string{"a.md"}, Puts: []store.Put{Note("c.md", "", "y")}})
	if d := cmp.Diff(map[int64][]float32{3: {1, 0, 0}, 4: {0, .6, .8}}, VectorsOf(t, s, "d3")); d != "" {
		t.Error(d)
	}
	Apply(t, s, store.Batch{Deletes: []string{"c.md"}})
	has, err := s.HasVectors(ctx, "d3", []string{"c:x", "c:y", "c:none"})
	if d := cmp.Diff(map[string]bool{"c:x": true}, has); d != "" || err != nil {
		t.Error(d, err)
	}
	if v, err := s.VectorsOf(ctx, "unknown", nil); err != nil || len(v.IDs) != 0 {
		t.Errorf("unknown digest: %v %v", v, err)
	}
}

func testModelsDoNotMix(t *testing.T, mk Maker) {
	ctx := context.Background()
	s := mk.fresh(t)
	if _, err := s.ActiveModel(ctx); err == nil {
		t.Error("a new index has an active model")
	}
	model2 := store.Model{Digest: "d2", Name: "two", Dim: 2}
	Apply(t, s, store.Batch{Puts: []store.Put{Note("a.md", "", "x")}, Vectors: map[string][]float32{"c:x": {1, 0, 0}}, Model: Model3})
	if err := s.SetActiveModel(ctx, Model3); err != nil {
		t.Fatal(err)
	}
	Apply(t, s, store.Batch{Vectors: map[string][]float32{"c:x": {0, 1}}, Model: model2})
	if d := cmp.Diff(map[int64][]float32{1: {1, 0, 0}}, VectorsOf(t, s, "d3")); d != "" {
		t.Error(d)
	}
	if m, err := s.ActiveModel(ctx); m != Model3 || err != nil {
		t.Error(m, err)
	}
	if err := s.SetActiveModel(ctx, model2); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[int64][]float32{1: {0, 1}}, VectorsOf(t, s, "d2")); d != "" {
		t.Error(d)
	}
	if got := VectorsOf(t, s, "d3"); len(got) != 0 {
		t.Errorf("vectors of the model before: %v", got)
	}
	stats, err := s.Stats(ctx)
	if stats.Model != model2 || err != nil {
		t.Error(stats.Model, err)
	}
}

func testApplyRefusesWhatWouldPoison(t *testing.T, mk Maker) {
	ctx := context.Background()
	nan := float32(math.NaN())
	for name, b := range map[string]store.Batch{
		"NaN":       {Vectors: map[string][]float32{"c:x": {nan, 0, 0}}, Model: Model3},
		"infinity":  {Vectors: map[string][]float32{"c:x": {float32(math.Inf(1)), 0, 0}}, Model: Model3},
		"zero":      {Vectors: map[string][]float32{"c:x": {0, 0, 0}}, Model: Model3},
		"dimension": {Vectors: map[string][]float32{"c:x": {1, 0}}, Model: Model3},
		"no model":  {Vectors: map[string][]float32{"c:x": {1, 0, 0}}},
		"no id":     {Puts: []store.Put{Note("", "", "x")}},
		"state":     {Files: []store.File{{ID: "x", State: "fine"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := mk.fresh(t)
			b.Puts = append([]store.Put{Note("a.md", "", "x")}, b.Puts...)
			if err := s.Apply(ctx, b); err == nil {
				t.Error("applied")
			}
			if stats, err := s.Stats(ctx); stats.Notes != 0 || err != nil {
				t.Errorf("a part of it stayed: %+v %v", stats, err)
			}
		})
	}
}

func testDataVersion(t *testing.T, mk Maker) {
	ctx := context.Background()
	open := mk(t)
	s, other := open(), open()
	seen := map[int64]bool{}
	for i, change := range []func() error{
		func() error { return nil },
		func() error { return s.Apply(ctx, store.Batch{Puts: []store.Put{Note("a.md", "", "x")}}) },
		func() error { return s.SetActiveModel(ctx, Model3) },
		func() error { return s.Apply(ctx, store.Batch{Deletes: []string{"a.md"}}) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		v, err := other.DataVersion(ctx)
		if err != nil || seen[v] {
			t.Errorf("step %d: version %d again, %v", i, v, err)
		}
		seen[v] = true
	}
}
