package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"amalfa/store/people"
	"amalfa/store/postgres"
)

// people is where tokens are kept, and who wrote what: the database of the settings, or the state folder of this machine.
func (w *Workspace) people(ctx context.Context) (people.Store, error) {
	here := people.NewFolder(w.Places.State)
	if !w.inDatabase() {
		return here, nil
	}
	p, err := postgres.OpenPeople(ctx, w.Settings.Database)
	if err != nil {
		return nil, err
	}
	left, err := here.List(ctx)
	if n := len(slices.DeleteFunc(slices.Clone(left), func(t Token) bool { return !t.Counts(time.Now()) })); n > 0 {
		w.Notice("note: tokens of this machine's own (%d) do not count while the index is in a database: make them again", n)
	}
	return teamPeople{p, here}, err
}

// withPeople does something with them.
func (w *Workspace) withPeople(ctx context.Context, do func(people.Store) error) error {
	p, err := w.people(ctx)
	if err != nil {
		return err
	}
	return errors.Join(do(p), p.Close())
}

// teamPeople are those of a database. While that is away, what somebody wrote is kept on this machine.
type teamPeople struct {
	people.Store
	here *people.Folder
}

// Record implements people.Store.
func (t teamPeople) Record(ctx context.Context, w people.Write) error {
	err := t.Store.Record(ctx, w)
	if err == nil {
		return nil
	}
	if kept := t.here.Record(context.WithoutCancel(ctx), w); kept != nil {
		return errors.Join(err, kept)
	}
	return nil
}

// Writes implements people.Store.
func (t teamPeople) Writes(ctx context.Context, who string, limit int) ([]people.Write, error) {
	all, err := t.Store.Writes(ctx, who, limit)
	if err != nil {
		return nil, err
	}
	kept, err := t.here.Writes(ctx, who, limit)
	all = append(all, kept...)
	slices.SortStableFunc(all, func(a, b people.Write) int { return b.Time.Compare(a.Time) })
	return all[:min(len(all), limit)], err
}
