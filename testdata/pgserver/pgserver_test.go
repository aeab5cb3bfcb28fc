package pgserver_test

import (
	"testing"

	"amalfa/testdata/pgserver"
)

func TestMain(m *testing.M) { pgserver.Main(m) }

func TestServers(t *testing.T) {
	s := pgserver.Shared(t)
	url := s.Database(t)
	if url == "" {
		t.Fatal("no database")
	}
	if got := s.SQL(t, "postgres", "SELECT current_setting('server_version_num')::int >= 180000"); got != "t" {
		t.Errorf("version 18: %s", got)
	}
	if err := s.Stop("immediate"); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if got := s.SQL(t, "postgres", "SELECT '[1,2]'::text"); got != "[1,2]" {
		t.Errorf("after a restart: %s", got)
	}
	plain := pgserver.Plain(t)
	if got := plain.SQL(t, "postgres", "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"); got != "0" {
		t.Errorf("pgvector in the system's server: %s", got)
	}
}
