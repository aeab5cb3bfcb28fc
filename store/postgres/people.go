package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"amalfa/store"
	"amalfa/store/people"
)

// peopleConns bounds the connections of one handle: a check of a token takes one for a moment.
const peopleConns = 2

// People keeps the tokens of a team in its database, and what people wrote. A role makes and sees those of workspaces that it may write;
// one that may only read a workspace can check a token that it is shown. Safe for concurrent use.
type People struct{ s *Store }

var _ people.Store = (*People)(nil)

// OpenPeople connects to a database and brings its schema up to date. Errors are those of Open; ErrNoIndex where nobody has begun one.
func OpenPeople(ctx context.Context, url string) (*People, error) {
	config, err := configOf(Options{URL: url})
	if err != nil {
		return nil, err
	}
	config.MaxConns = peopleConns
	s := &Store{server: serverName(config.ConnConfig)}
	if s.pool, err = newDatabase(ctx, config, Options{}.busyTimeout()); err != nil {
		return nil, s.wrap("open", err)
	}
	if err := s.preparePeople(ctx); err != nil {
		s.pool.Close()
		return nil, err
	}
	return &People{s}, nil
}

// preparePeople brings a schema up to date, and makes none.
func (s *Store) preparePeople(ctx context.Context) error {
	if err := s.checkServer(ctx); err != nil {
		return err
	}
	switch version, err := s.schemaVersion(ctx); {
	case err != nil:
		return err
	case version == 0:
		return fmt.Errorf("open %s: %w", s.server, store.ErrNoIndex)
	}
	return s.prepareSchema(ctx)
}

// Close closes the connections.
func (p *People) Close() error {
	p.s.pool.Close()
	return nil
}

// tokenColumns are those of t, a row of tokens, and w, its workspace.
const tokenColumns = "t.hash, t.name, coalesce(w.name, '" + people.All + "'), t.writes, t.made, t.maker, t.expires, t.used, t.revoked"

// scanTokens puts the rows of one token together, in the order in which each was met first.
func scanTokens(rows pgx.Rows, err error) (all []people.Token, _ error) {
	at := map[string]int{}
	return all, each(rows, err, func(rows pgx.Rows) error {
		var t people.Token
		var r people.Right
		if err := rows.Scan(&t.Hash, &t.Name, &r.Workspace, &r.Write, &t.Created, &t.Maker, &t.Expires, &t.Used, &t.Revoked); err != nil {
			return err
		}
		i, met := at[t.Hash]
		if !met {
			i = len(all)
			at[t.Hash], all = i, append(all, t)
		}
		all[i].Rights = append(all[i].Rights, r)
		return nil
	})
}

// List implements people.Store.
func (p *People) List(ctx context.Context) ([]people.Token, error) {
	all, err := scanTokens(p.s.pool.Query(ctx, "SELECT "+tokenColumns+" FROM tokens t LEFT JOIN workspaces w ON w.key = t.workspace ORDER BY t.made, t.hash, 3"))
	return all, p.s.wrap("list the tokens of", err)
}

// Asks implements people.Store. Who may only read the workspace does not see whether somebody has a token.
func (p *People) Asks(ctx context.Context, workspace string) (asks bool, err error) {
	err = p.s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM tokens) OR EXISTS (SELECT 1 FROM workspaces WHERE name = $1 AND array_position(writable(), key) IS NULL)`, workspace).
		Scan(&asks)
	return asks, p.s.wrap("look for tokens in", err)
}

// Create implements people.Store.
func (p *People) Create(ctx context.Context, t people.Token) error {
	if err := people.CheckName(t.Name); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, p.s.pool, func(tx pgx.Tx) error { return createToken(ctx, textTx{tx}, t) })
	switch code := codeOf(err); {
	case code == duplicate:
		return fmt.Errorf("%w: %s", people.ErrExists, t.Name)
	case code == notOwner, errors.Is(err, store.ErrReadOnly):
		return &Error{Op: "make a token in", Server: p.s.server, Kind: ErrNotYours, Err: errors.New("this role may not write all of those workspaces"),
			hint: "have a role make it that owns them or may write them"}
	case errors.Is(err, people.ErrExists):
		return err
	}
	return p.s.wrap("make a token in", err)
}

func createToken(ctx context.Context, tx textTx, t people.Token) error {
	// a name has one token at a time, of those that this role sees
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('amalfa token ' || $1, 0))", t.Name)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE tokens SET revoked = expires WHERE name = $1 AND revoked IS NULL AND expires <= now()", t.Name); err != nil {
		return err
	}
	if taken, err := value[bool](tx.Query(ctx, "SELECT EXISTS (SELECT 1 FROM tokens WHERE name = $1 AND revoked IS NULL)", t.Name)); err != nil || taken {
		if err == nil {
			err = fmt.Errorf("%w: %s", people.ErrExists, t.Name)
		}
		return err
	}
	var names []string
	var writes []bool
	for _, r := range t.Rights {
		names, writes = append(names, r.Workspace), append(writes, r.Write)
	}
	made, err := tx.Exec(ctx, `INSERT INTO tokens (hash, name, expires, workspace, writes)
		SELECT $1, $2, $3, w.key, r.writes FROM unnest($4::text[], $5::boolean[]) AS r (workspace, writes) LEFT JOIN workspaces w ON w.name = r.workspace
		WHERE w.key IS NOT NULL OR r.workspace = $6`, t.Hash, t.Name, t.Expires, names, writes, people.All)
	if err == nil && made.RowsAffected() != int64(len(t.Rights)) {
		err = store.ErrReadOnly // one has gone meanwhile
	}
	return err
}

// Revoke implements people.Store. Of workspaces that this role may not write the token stays.
func (p *People) Revoke(ctx context.Context, name string, _ time.Time) error {
	done, err := p.s.pool.Exec(ctx, "UPDATE tokens SET revoked = now() WHERE name = $1 AND revoked IS NULL", name)
	if err == nil && done.RowsAffected() == 0 {
		return fmt.Errorf("%w that is not revoked: %.100s", people.ErrUnknown, name)
	}
	return p.s.wrap("revoke a token in", err)
}

// Find implements people.Store.
func (p *People) Find(ctx context.Context, hash string, workspaces []string, _ time.Time) (people.Token, error) {
	batch := &pgx.Batch{} // one way there and back, and one transaction, in which the hash is named
	batch.Queue("SELECT set_config('amalfa.token', $1, true)", encode(hash))
	batch.Queue("SELECT "+tokenColumns+` FROM tokens t JOIN workspaces w ON w.key = t.workspace OR t.workspace IS NULL AND may_write(t.maker, w.key)
		WHERE t.hash = $1 AND w.name = ANY ($2) AND t.revoked IS NULL AND (t.expires IS NULL OR t.expires > now())`, encodeAll([]any{hash, workspaces})...)
	results := p.s.pool.SendBatch(ctx, batch)
	_, err := results.Exec()
	var found []people.Token
	if err == nil {
		rows, queryErr := results.Query()
		found, err = scanTokens(textRows{rows}, queryErr)
	}
	if err = errors.Join(err, results.Close()); err != nil {
		return people.Token{}, p.s.wrap("check a token in", err)
	}
	if len(found) == 0 {
		return people.Token{}, people.ErrUnknown
	}
	return found[0], nil
}

// Used implements people.Store. A role that may only read the workspaces writes nothing down.
func (p *People) Used(ctx context.Context, hash string, _ time.Time) error {
	_, err := p.s.pool.Exec(ctx, "UPDATE tokens SET used = now() WHERE hash = $1 AND (used IS NULL OR used < now() - $2::interval)", hash, people.UsedWithin)
	return p.s.wrap("write down the use of a token in", err)
}

// Record implements people.Store.
func (p *People) Record(ctx context.Context, w people.Write) error {
	done, err := p.s.pool.Exec(ctx, `INSERT INTO audit (workspace, machine, who, client, tool, note) SELECT key, $2, $3, $4, $5, $6 FROM workspaces WHERE name = $1`,
		w.Workspace, w.Machine, w.Who, w.From, w.Tool, w.Note)
	if err == nil && done.RowsAffected() == 0 {
		err = store.ErrNotFound
	}
	return p.s.wrap("write down a write in", err)
}

// Writes implements people.Store.
func (p *People) Writes(ctx context.Context, who string, limit int) ([]people.Write, error) {
	rows, err := p.s.pool.Query(ctx, `SELECT a.time, a.who, a.client, a.machine, w.name, a.tool, a.note FROM audit a JOIN workspaces w ON w.key = a.workspace
		WHERE $1 = '' OR a.who = $1 ORDER BY a.time DESC, a.key DESC LIMIT $2`, who, limit)
	all, err := collect(rows, err, func(rows pgx.Rows, w *people.Write) error {
		return rows.Scan(&w.Time, &w.Who, &w.From, &w.Machine, &w.Workspace, &w.Tool, &w.Note)
	})
	return slices.Clip(all), p.s.wrap("read who wrote in", err)
}
