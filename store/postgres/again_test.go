package postgres

import (
	"errors"
	"testing"

	"amalfa/store"
	"amalfa/testdata/pgserver"
)

// A write that the server gives up for another transaction's sake is tried again, as a new one, and not for ever.
func TestWriteAgain(t *testing.T) {
	s := openTeam(t, pgserver.Shared(t).Database(t))
	for _, code := range []string{deadlock, serialization, "23505"} {
		for _, failures := range []int{0, 1, mostTries - 1, mostTries} {
			tries := 0
			err := s.write(t.Context(), "write", func(w *writer) error {
				if tries++; tries > failures {
					return w.exec("INSERT INTO remarks (workspace, name, value) VALUES ($1, 'x', 'y') ON CONFLICT DO NOTHING", w.workspace)
				}
				_, err := w.tx.Exec(w.ctx, "DO $$BEGIN RAISE EXCEPTION 'given up' USING ERRCODE = '"+code+"'; END$$")
				return err
			})
			fails := failures == mostTries || failures > 0 && code == "23505"
			if (err != nil) != fails || fails && code != "23505" && !errors.Is(err, store.ErrBusy) {
				t.Errorf("%s, %d times: %v after %d tries", code, failures, err, tries)
			}
		}
	}
}
