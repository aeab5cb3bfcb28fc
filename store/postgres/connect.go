package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"amalfa/store"
)

// maxConns bounds the connections of one handle: questions and one writer. A server takes 100 unless it is told otherwise.
const maxConns = 4

// oldestServer is the least version that the schema needs, as server_version_num has it, and oldestVector that of pgvector, which
// has halfvec since.
const (
	oldestServer = 13_00_00
	oldestVector = "0.7.0"
)

// configOf reads a connection string. What is wrong with it is told without repeating it: it may hold a password.
func configOf(o Options) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(o.URL)
	if err == nil {
		err = checkParts(o.URL, config.ConnConfig)
	}
	if err != nil {
		return nil, unusable(err)
	}
	if err := checkPassfile(o.URL, config.ConnConfig.Password); err != nil {
		return nil, err
	}
	config.MaxConns = maxConns
	config.MaxConnIdleTime = time.Minute
	c := config.ConnConfig
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 10 * time.Second
	}
	c.Database = cmp.Or(c.Database, c.User) // as the server has it
	c.RuntimeParams["application_name"] = "amalfa"
	c.RuntimeParams["timezone"] = "UTC"
	config.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error { // a password that was changed in its file counts without a restart
		now, err := configOf(o)
		if err == nil {
			c.Password = now.ConnConfig.Password
		}
		return err
	}
	c.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error { return settle(ctx, conn, o.busyTimeout()) }
	return config, nil
}

// Address is where a connection string leads: for a question whether that is this machine, and for messages.
type Address struct {
	Name     string   // host:port/database, with all hosts that may be asked; never a password
	Hosts    []string // all that may be asked; a path is a socket of this machine
	Loopback bool     // all of them are this machine
}

// AddressOf reads a connection string.
func AddressOf(url string) (Address, error) {
	config, err := configOf(Options{URL: url})
	if err != nil {
		return Address{}, err
	}
	c := config.ConnConfig
	a := Address{Loopback: true, Hosts: []string{c.Host}}
	names := []string{hostName(c.Host, c.Port)}
	for _, f := range c.Fallbacks {
		a.Hosts = append(a.Hosts, f.Host)
		if name := hostName(f.Host, f.Port); !slices.Contains(names, name) { // with and without TLS it is one
			names = append(names, name)
		}
	}
	a.Name = strings.Join(names, ",") + "/" + c.Database
	for _, host := range a.Hosts {
		ip := net.ParseIP(host)
		a.Loopback = a.Loopback && (strings.HasPrefix(host, "/") || host == "localhost" || ip != nil && ip.IsLoopback())
	}
	return a, nil
}

func serverName(c *pgx.ConnConfig) string { return hostName(c.Host, c.Port) + "/" + c.Database }

func hostName(host string, port uint16) string {
	if strings.HasPrefix(host, "/") {
		return host + ":" + strconv.Itoa(int(port))
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// checkServer asks for the first time, and refuses a server that is too old. One that begins to work, or to which a replica has just
// been promoted, is waited for.
func (s *Store) checkServer(ctx context.Context) error {
	if err := s.checkPool(ctx); err != nil {
		return err
	}
	var version int
	var standby, setReadOnly bool
	err := s.pool.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, rolsuper, pg_is_in_recovery(),
		current_setting('default_transaction_read_only')::bool FROM pg_roles WHERE rolname = current_user`).
		Scan(&version, &s.superuser, &standby, &setReadOnly)
	if err != nil {
		return s.wrap("connect to", err)
	}
	s.readOnly = s.readOnly || standby || setReadOnly
	if version < oldestServer {
		return &Error{Op: "connect to", Server: s.server, Kind: ErrTooOld, Err: fmt.Errorf("it is PostgreSQL %d", version/10_000),
			hint: fmt.Sprintf("use PostgreSQL %d or later", oldestServer/10_000)}
	}
	return nil
}

// checkVector makes sure that pgvector is there.
func (s *Store) checkVector(ctx context.Context) error {
	var installed, available *string
	var enough *bool
	err := s.pool.QueryRow(ctx, `SELECT (SELECT extversion FROM pg_extension WHERE extname = 'vector'),
		(SELECT default_version FROM pg_available_extensions WHERE name = 'vector'),
		(SELECT string_to_array(extversion, '.')::int[] >= string_to_array($1, '.')::int[] FROM pg_extension WHERE extname = 'vector')`, oldestVector).
		Scan(&installed, &available, &enough)
	if err != nil {
		return s.wrap("open", err)
	}
	e := &Error{Op: "open", Server: s.server, Kind: ErrNoExtension}
	switch {
	case installed != nil && *enough:
		return nil
	case installed != nil:
		e.Err, e.hint = fmt.Errorf("pgvector %s is too old", *installed), "a superuser of that database runs: ALTER EXTENSION vector UPDATE"
		return e
	case available == nil:
		e.Err = errors.New("pgvector is not installed on that server")
		e.hint = "on that machine, install it (Debian: apt install postgresql-NN-pgvector, with the server's version for NN), then run in that database: CREATE EXTENSION vector"
		return e
	case s.readOnly:
		e.Err, e.hint = errors.New("pgvector is not in that database"), "run in that database: CREATE EXTENSION vector"
		return e
	}
	if _, err := s.pool.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS vector"); err != nil {
		e.Err, e.hint = s.wrap("add pgvector to", err), "a superuser of that database runs: CREATE EXTENSION vector"
		return e
	}
	return nil
}

// Workspaces are the names of the workspaces of a database that the role of the connection string may see, in order; none where nobody has
// begun one.
func Workspaces(ctx context.Context, url string) ([]string, error) {
	config, err := configOf(Options{URL: url})
	if err != nil {
		return nil, err
	}
	s := &Store{server: serverName(config.ConnConfig)}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return nil, s.wrap("connect to", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	names, err := column[string](conn.Query(ctx, "SELECT name FROM workspaces ORDER BY name"))
	if codeOf(err) == noTable {
		return nil, nil
	}
	return names, s.wrap("list the workspaces of", err)
}

// findWorkspace finds the workspace or makes it.
func (s *Store) findWorkspace(ctx context.Context) error {
	const find = "SELECT key, stamp FROM workspaces WHERE name = $1"
	err := s.pool.QueryRow(ctx, find, s.opts.Workspace).Scan(&s.workspace, &s.stamp)
	if !errors.Is(err, pgx.ErrNoRows) {
		return s.wrap("open", err)
	}
	if s.readOnly {
		return fmt.Errorf("open %s: %w", s.Where(), store.ErrNoIndex)
	}
	_, err = s.pool.Exec(ctx, "INSERT INTO workspaces (key, name, stamp) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
		newKey(), s.opts.Workspace, newStamp())
	if err != nil {
		return s.wrap("make workspace in", err)
	}
	err = s.pool.QueryRow(ctx, find, s.opts.Workspace).Scan(&s.workspace, &s.stamp)
	if errors.Is(err, pgx.ErrNoRows) { // it is there, and not for us
		return &Error{Op: "open " + s.Where(), Server: "", Kind: ErrNotYours, Err: errors.New("another role made a workspace of that name"),
			hint: "have that role make this one a member, or share under another name"}
	}
	return s.wrap("open", err)
}
