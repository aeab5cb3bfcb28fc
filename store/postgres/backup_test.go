package postgres_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/testdata/pgserver"
)

// The engine's own backup has every row, of whichever workspace, though row security binds the owner too: a superuser takes it. Restored
// into another database it is the same index, still bound by row security.
func TestBackupByTheEngine(t *testing.T) {
	srv := pgserver.Shared(t)
	from, into := srv.Database(t), srv.Database(t)
	team := openAs(t, from, "team")
	storetest.Varied(t, team)
	for _, id := range []string{"docs/Tide tables.md", "moon.md"} {
		waits, err := team.WaitingPassages(t.Context(), storetest.Model3.Digest, id)
		check(t, err)
		for hash := range waits {
			storetest.Apply(t, team, store.Batch{Model: storetest.Model3, Vectors: map[string][]float32{hash: {0, 0, 1}}})
		}
	}
	want := storetest.ExportOf(t, team)
	check(t, team.BuildIndex(t.Context(), storetest.Model3.Digest, 1))
	other := openAs(t, from, "other")
	storetest.Varied(t, other)

	asSuperuser := func(address string) string {
		u, err := url.Parse(address)
		check(t, err)
		return srv.URL(pgserver.Superuser, srv.Password, strings.Trim(u.Path, "/"))
	}
	if _, err := srv.Dump(t, from); err == nil || !strings.Contains(err.Error(), "row-level security") {
		t.Errorf("a dump by the owner, whom row security binds: %v", err)
	}
	file, err := srv.Dump(t, asSuperuser(from))
	check(t, err)
	check(t, srv.Restore(t, file, asSuperuser(into)))

	// objects keep their owner; the role of the first database opens the second
	u, err := url.Parse(from)
	check(t, err)
	v, err := url.Parse(into)
	check(t, err)
	restored := srv.URL(u.User.Username(), u.User.Username(), strings.Trim(v.Path, "/"))
	again := openAs(t, restored, "team")
	check(t, again.Check(t.Context()))
	if d := cmp.Diff(want, storetest.ExportOf(t, again)); d != "" {
		t.Error(d)
	}
	index := "SELECT count(*) FROM pg_indexes WHERE schemaname = 'amalfa' AND indexdef LIKE '%hnsw%'"
	if n := srv.SQL(t, strings.Trim(v.Path, "/"), index); n != "1" {
		t.Errorf("%s indexes of vectors came back", n)
	}
	storetest.Varied(t, openAs(t, restored, "new"))
	if _, err := postgres.Open(t.Context(), postgres.Options{URL: into, Workspace: "team", Machine: "m"}); err == nil {
		t.Error("a role that made none of it opens it")
	}
}
