package postgres

import (
	"fmt"
	"testing"

	"amalfa/store"
	"amalfa/testdata/pgserver"
)

// Who fills a new database asks the server to count it, and once more when it has grown far past that count, but not with each batch.
func TestRowsAreCounted(t *testing.T) {
	s := openTeam(t, pgserver.Shared(t).Database(t))
	counted := func() int64 {
		n, err := value[int64](s.pool.Query(t.Context(), "SELECT reltuples::bigint FROM pg_class WHERE oid = 'amalfa.notes'::regclass"))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	put := func(from, to int) {
		var b store.Batch
		for i := from; i < to; i++ {
			b.Puts = append(b.Puts, store.Put{Note: store.Note{ID: fmt.Sprintf("%d.md", i), Hash: "h", Kind: "markdown"},
				Chunks: []store.Chunk{{Hash: fmt.Sprint(i), Text: fmt.Sprint("note ", i)}}})
		}
		if err := s.Apply(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	put(0, 100)
	if n := counted(); n != 100 {
		t.Errorf("%d notes counted of 100", n)
	}
	due := s.countDue
	put(100, 200)
	if s.countDue != due {
		t.Errorf("counted again at twice as many")
	}
	put(200, 401)
	if n := counted(); n != 401 {
		t.Errorf("%d notes counted of 401", n)
	}
}

// Two policies that permit one thing are joined by OR, which plans of a batch pay for.
func TestOnePolicyForEachThing(t *testing.T) {
	s := openTeam(t, pgserver.Shared(t).Database(t))
	twice, err := column[string](s.pool.Query(t.Context(), `SELECT tablename || ' ' || cmd FROM pg_policies WHERE schemaname = 'amalfa'
		GROUP BY tablename, cmd HAVING count(*) > 1 OR cmd = 'ALL'`))
	if err != nil || len(twice) > 0 {
		t.Errorf("%v %v", twice, err)
	}
	open, err := column[string](s.pool.Query(t.Context(), `SELECT relname::text FROM pg_class WHERE relnamespace = 'amalfa'::regnamespace AND relkind = 'r'
		AND NOT (relrowsecurity AND relforcerowsecurity) AND relname <> 'versions'`))
	if err != nil || len(open) > 0 {
		t.Errorf("tables without row security: %v %v", open, err)
	}
}
