package pgserver

import (
	"path/filepath"
	"testing"
)

// Dump writes the schema "amalfa" of a database into a file by the server's own pg_dump, as a role and with options of its own.
func (s *Server) Dump(t testing.TB, from string, options ...string) (file string, err error) {
	t.Helper()
	file = filepath.Join(s.Dir, "dump-"+t.Name()+".pg")
	_, err = s.program("pg_dump", append([]string{"--schema=amalfa", "--format=custom", "--file", filepath.Base(file), "--dbname", from}, options...)...)
	return filepath.Base(file), err
}

// Restore brings such a file into a database.
func (s *Server) Restore(t testing.TB, file, into string) error {
	t.Helper()
	_, err := s.program("pg_restore", "--exit-on-error", "--dbname", into, file)
	return err
}
