package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"amalfa/store/people"
)

// An awayStore is that of a database which takes nothing now, and remembers one write of before.
type awayStore struct {
	people.Store
	before people.Write
}

func (awayStore) Record(context.Context, people.Write) error { return errors.New("away") }
func (a awayStore) Writes(context.Context, string, int) ([]people.Write, error) {
	return []people.Write{a.before}, nil
}

// TestWritesWhileTheDatabaseIsAway keeps on this machine what the database did not take, and tells both.
func TestWritesWhileTheDatabaseIsAway(t *testing.T) {
	day := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	team := teamPeople{awayStore{before: people.Write{Time: day, Note: "before.md"}}, people.NewFolder(t.TempDir())}
	ended, end := context.WithCancel(t.Context())
	end() // it waited for the database until its time was over
	if err := team.Record(ended, people.Write{Time: day.Add(time.Hour), Who: "ada", Note: "away.md"}); err != nil {
		t.Fatal(err)
	}
	found, err := team.Writes(t.Context(), "", 9)
	if err != nil || len(found) != 2 || found[0].Note != "away.md" || found[1].Note != "before.md" {
		t.Errorf("%+v %v", found, err)
	}
	if found, err = team.Writes(t.Context(), "", 1); err != nil || len(found) != 1 || found[0].Note != "away.md" {
		t.Errorf("the newest: %+v %v", found, err)
	}
}
