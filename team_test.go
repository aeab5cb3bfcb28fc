package main

import (
	"net/url"
	"strconv"
	"testing"

	"amalfa/testdata/pgserver"
)

// TestTeam runs scripts over a real PostgreSQL server, each with the address of a database of its own.
func TestTeam(t *testing.T) {
	srv := pgserver.Shared(t)
	at, err := url.Parse(srv.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	at.User = url.UserPassword(pgserver.Superuser, srv.Password)
	more := []string{"DATABASE=" + srv.Database(t), "SUPERUSER=" + at.String()}
	for n := 2; n <= 5; n++ {
		more = append(more, "DATABASE"+strconv.Itoa(n)+"="+srv.Database(t))
	}
	runScripts(t, "testdata/script/team", more...)
}
