package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"amalfa/store"
	"amalfa/store/batch"
	"amalfa/store/text"
)

// A writer carries out one write inside a transaction that holds the workspace.
type writer struct {
	ctx        context.Context
	tx         pgx.Tx
	workspace  int64
	machine    string
	generation int64  // before this write, as are the next three
	cursor     int64  // of the last event
	chunk      int64  // id of the last one
	unresolved *int64 // see resolve.go
	schema     int64
	dirty      map[string]bool // name keys whose notes changed: edges with these names resolve again
	waiting    *batch.Pending  // of the Store
	orphans    map[int64]bool  // passages that lost a chunk
	events     []store.Event
	queue      *pgx.Batch // statements that nobody has asked a result of yet
	analyzer   text.Analyzer
	wordWriter

	resolved bool // nothing of waiting waits any more, once this is committed
}

func newWriter(ctx context.Context, s *Store, tx pgx.Tx) *writer {
	return &writer{ctx: ctx, tx: tx, workspace: s.workspace, machine: s.opts.Machine, dirty: map[string]bool{}, waiting: &batch.Pending{},
		orphans: map[int64]bool{}, queue: &pgx.Batch{}}
}
