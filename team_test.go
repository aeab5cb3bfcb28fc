package main

import (
	"testing"

	"amalfa/testdata/pgserver"
)

// TestTeam runs scripts over a real PostgreSQL server, each with the address of a database of its own.
func TestTeam(t *testing.T) {
	srv := pgserver.Shared(t)
	runScripts(t, "testdata/script/team", "DATABASE="+srv.Database(t), "DATABASE2="+srv.Database(t), "DATABASE3="+srv.Database(t), "DATABASE5="+srv.Database(t))
}
