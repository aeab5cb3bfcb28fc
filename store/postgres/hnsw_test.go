package postgres_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"slices"
	"testing"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/testdata/pgserver"
)

// topics gives vectors that have as much in common as a model's: a mean, and some directions of a topic.
func topics(r *rand.Rand, n, dim int) [][]float32 {
	direction := func() []float32 {
		v := make([]float32, dim)
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		return v
	}
	mean := direction()
	centres := make([][]float32, 50)
	for i := range centres {
		centres[i] = direction()
	}
	out := make([][]float32, n)
	for i := range out {
		out[i] = direction()
		for j, x := range centres[r.IntN(len(centres))] {
			out[i][j] += x + 2*mean[j]
		}
	}
	return out
}

// The index finds what comparing all vectors finds, also within a set, and goes with its model.
func TestIndexFindsTheNearest(t *testing.T) {
	srv := pgserver.Shared(t)
	address := srv.Database(t)
	s := open(t, address)
	var st store.Store = s
	ctx := t.Context()
	m := store.Model{Digest: "d", Name: "n", Dim: 64}
	const notes, passages = 60, 50
	r := rand.New(rand.NewPCG(3, 4))
	values := topics(r, notes*passages+60, m.Dim)
	b := store.Batch{Model: m, Vectors: map[string][]float32{}}
	for i := range notes {
		p := store.Put{Note: store.Note{ID: fmt.Sprintf("%d.md", i), Hash: "h", Kind: "markdown"}}
		for j := range passages {
			hash := fmt.Sprint(i, "-", j)
			b.Vectors[hash] = values[i*passages+j]
			p.Chunks = append(p.Chunks, store.Chunk{Seq: j, Hash: hash, Text: hash})
		}
		b.Puts = append(b.Puts, p)
	}
	if err := st.Apply(ctx, b); err != nil {
		t.Fatal(err)
	}
	queries := make([][]float32, 60)
	for i := range queries {
		queries[i] = unit(values[notes*passages+i])
	}
	large, err := st.Select(ctx, []store.Condition{{By: store.ByPath, Values: []string{"1.md"}, Not: true}})
	if err != nil {
		t.Fatal(err)
	}
	sets := map[string]*store.Set{"all": nil, "many": large, "all but a few": store.NewSet([]int64{1, 2, 3}).Not(), "few": large.Not()}
	ask := func(set *store.Set) (all [][]store.Match) {
		for _, q := range queries {
			found, err := st.Nearest(ctx, m.Digest, q, 10, set)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, found)
		}
		return all
	}
	want := map[string][][]store.Match{}
	for name, set := range sets {
		want[name] = ask(set)
	}
	if err := s.BuildIndex(ctx, m.Digest, notes*passages+1); err != nil || indexes(t, srv, address) != "0" {
		t.Fatalf("an index of too few: %v", err)
	}
	if err := s.BuildIndex(ctx, m.Digest, notes*passages); err != nil || indexes(t, srv, address) != "1" {
		t.Fatalf("no index: %v", err)
	}
	for name, set := range sets {
		if share := overlap(want[name], ask(set)); share < 0.98 {
			t.Errorf("%s: %.3f of the ten nearest are found", name, share)
		}
	}
	// The numbers of a session that has ended are told to the others at its end.
	s.Close()
	eventually(t, srv, address, "SELECT sum(idx_scan) >= 60 FROM pg_stat_user_indexes WHERE indexrelname LIKE 'vectors_of_%'")
	s = open(t, address)
	st = s
	if err := st.SetActiveModel(ctx, store.Model{Digest: "e", Name: "n", Dim: 2}); err != nil || indexes(t, srv, address) != "0" {
		t.Fatalf("the index stays: %v", err)
	}
}

func unit(v []float32) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	out := slices.Clone(v)
	for i := range out {
		out[i] /= float32(math.Sqrt(sum))
	}
	return out
}

// overlap is the share of want that is in got.
func overlap(want, got [][]store.Match) float64 {
	found, all := 0, 0
	for i := range want {
		have := map[int64]bool{}
		for _, m := range got[i] {
			have[m.Chunk] = true
		}
		for _, m := range want[i] {
			all++
			if have[m.Chunk] {
				found++
			}
		}
	}
	return float64(found) / float64(all)
}

// database is the name of the database of an address.
func database(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path[1:]
}

// indexes counts the sound indexes of vectors.
func indexes(t *testing.T, srv *pgserver.Server, address string) string {
	t.Helper()
	return srv.SQL(t, database(t, address), "SELECT count(*) FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE relname LIKE 'vectors_of_%' AND indisvalid")
}

// eventually waits until a query says so.
func eventually(t *testing.T, srv *pgserver.Server, address, query string) {
	t.Helper()
	for range 600 {
		if srv.SQL(t, database(t, address), query+"; SELECT pg_sleep(0.1)") == "t" {
			return
		}
	}
	t.Errorf("never: %s", query)
}

// Who does not own the tables builds no index, and loses nothing by it.
func TestIndexByAnotherRole(t *testing.T) {
	srv := pgserver.Shared(t)
	owner := srv.Database(t)
	st := open(t, owner)
	name := database(t, owner)
	srv.SQL(t, name, "CREATE ROLE "+name+"_guest LOGIN PASSWORD 'g'; GRANT USAGE ON SCHEMA amalfa TO "+name+"_guest;"+
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA amalfa TO "+name+"_guest")
	srv.SQL(t, name, "INSERT INTO amalfa.members (workspace, role, writes) SELECT key, '"+name+"_guest', true FROM amalfa.workspaces")
	guest := open(t, srv.URL(name+"_guest", "g", name))
	m := store.Model{Digest: "d", Name: "n", Dim: 2}
	b := store.Batch{Model: m, Vectors: map[string][]float32{"h": {1, 0}}, Puts: []store.Put{{Note: store.Note{ID: "a.md", Hash: "x"}, Chunks: []store.Chunk{{Hash: "h", Text: "tide"}}}}}
	if err := guest.Apply(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := guest.BuildIndex(t.Context(), "d", 1); err == nil {
			t.Error("a guest builds an index")
		}
	}
	if err := guest.Apply(t.Context(), b); err != nil {
		t.Error(err)
	}
	for who, st := range map[string]*postgres.Store{"owner": st, "guest": guest} {
		if found, err := st.Nearest(t.Context(), "d", []float32{1, 0}, 3, nil); err != nil || len(found) != 1 || found[0].Score != 1 {
			t.Errorf("%s: %v, %v", who, found, err)
		}
	}
}

// The index comes by itself with the last of many vectors, and not in the middle of a run.
func TestIndexComesWithTheLastVectors(t *testing.T) {
	srv := pgserver.Shared(t)
	address := srv.Database(t)
	s := open(t, address)
	m := store.Model{Digest: "d", Name: "n", Dim: 2}
	b := store.Batch{Model: m, Vectors: map[string][]float32{}, More: true}
	for i := range 51 {
		p := store.Put{Note: store.Note{ID: fmt.Sprintf("%d.md", i), Hash: "h", Kind: "markdown"}}
		for j := range 200 {
			hash := fmt.Sprint(i, "-", j)
			b.Vectors[hash] = []float32{float32(i + 1), float32(j + 1)}
			p.Chunks = append(p.Chunks, store.Chunk{Seq: j, Hash: hash, Text: "tide"})
		}
		b.Puts = append(b.Puts, p)
	}
	last := map[string][]float32{"0-0": b.Vectors["0-0"], "0-1": b.Vectors["0-1"]}
	delete(b.Vectors, "0-0")
	delete(b.Vectors, "0-1")
	for i, step := range []struct {
		batch store.Batch
		want  string
	}{
		{b, "0"}, // more notes may come
		{store.Batch{Model: m, More: true, Vectors: map[string][]float32{"0-0": last["0-0"]}}, "0"}, // a passage waits
		{store.Batch{Model: m, More: true, Vectors: map[string][]float32{"0-1": last["0-1"]}}, "1"},
	} {
		if err := s.Apply(t.Context(), step.batch); err != nil {
			t.Fatal(err)
		}
		if got := indexes(t, srv, address); got != step.want {
			t.Errorf("after step %d there are %s indexes, not %s", i, got, step.want)
		}
	}
}
