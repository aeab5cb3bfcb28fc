package postgres_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"amalfa/store/people"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/testdata/pgserver"
)

func openPeople(t *testing.T, url string) *postgres.People {
	t.Helper()
	p, err := postgres.OpenPeople(t.Context(), url)
	check(t, err)
	t.Cleanup(func() { p.Close() })
	return p
}

func TestPeople(t *testing.T) {
	at := pgserver.Shared(t).Database(t)
	openAs(t, at, "one")
	openAs(t, at, "two")
	storetest.People(t, func() people.Store { return openPeople(t, at) })
}

// A guarded database has a workspace "team" of its owner, and other roles, with their passwords.
type guarded struct {
	*testing.T
	srv             *pgserver.Server
	at, name, owner string
}

func newGuarded(t *testing.T) guarded {
	srv := pgserver.Shared(t)
	at := srv.Database(t)
	u, err := url.Parse(at)
	check(t, err)
	openAs(t, at, "team")
	return guarded{t, srv, at, strings.Trim(u.Path, "/"), u.User.Username()}
}

// role makes one, with the rights that docs/team.md gives, and returns its name.
func (g guarded) role(name string) string {
	role := g.owner + name
	g.srv.SQL(g.T, "postgres", fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", role, role))
	g.as(g.owner, fmt.Sprintf("GRANT USAGE ON SCHEMA amalfa TO %s; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA amalfa TO %s", role, role))
	return role
}

func (g guarded) as(role, statements string) string {
	g.Helper()
	return g.srv.SQLAs(g.T, role, role, g.name, statements)
}

func (g guarded) member(role string, writes bool) {
	g.Helper()
	g.as(g.owner, fmt.Sprintf("INSERT INTO amalfa.members (workspace, role, writes) SELECT key, '%s', %t FROM amalfa.workspaces WHERE name = 'team'", role, writes))
}

func (g guarded) people(role string) *postgres.People {
	g.Helper()
	return openPeople(g.T, g.srv.URL(role, role, g.name))
}

func (g guarded) create(in *postgres.People, name string, rights ...people.Right) (hash string, err error) {
	_, hash = people.NewSecret()
	return hash, in.Create(g.Context(), people.Token{Name: name, Hash: hash, Rights: rights, Created: time.Now()})
}

func (g guarded) must(hash string, err error) string {
	g.Helper()
	check(g.T, err)
	return hash
}

// opens is what a token may in workspaces, as a role finds it.
func (g guarded) opens(in *postgres.People, hash string, workspaces ...string) []people.Right {
	g.Helper()
	found, err := in.Find(g.Context(), hash, workspaces, time.Now())
	if err != nil && !errors.Is(err, people.ErrUnknown) {
		g.Fatal(err)
	}
	return found.Rights
}

// Who may only read a workspace checks a token that it is shown, and neither lists, makes, changes nor ends one.
func TestReaderChecksTokens(t *testing.T) {
	g := newGuarded(t)
	reads, stranger := g.role("reads"), g.role("stranger")
	g.member(reads, false)
	owner, reader, other := g.people(g.owner), g.people(reads), g.people(stranger)
	ada := g.must(g.create(owner, "ada", people.Right{Workspace: "team", Write: true}))
	g.must(g.create(owner, "bob", people.Right{Workspace: people.All}))
	if rights := g.opens(reader, ada, "team", "nothing"); !slices.Equal(rights, []people.Right{{Workspace: "team", Write: true}}) {
		t.Errorf("a reader finds %v", rights)
	}
	if rights := g.opens(other, ada, "team"); rights != nil {
		t.Errorf("a stranger finds %v", rights)
	}
	for who, p := range map[string]*postgres.People{"a reader": reader, "a stranger": other} {
		if list, err := p.List(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("%s lists %v %v", who, list, err)
		}
		if _, err := g.create(p, "eve", people.Right{Workspace: "team"}); !errors.Is(err, postgres.ErrNotYours) {
			t.Errorf("%s makes a token: %v", who, err)
		}
		if err := p.Revoke(t.Context(), "ada", time.Now()); !errors.Is(err, people.ErrUnknown) {
			t.Errorf("%s revokes a token: %v", who, err)
		}
		check(t, p.Used(t.Context(), ada, time.Now())) // of no row
		if err := p.Record(t.Context(), people.Write{Workspace: "team", Who: "eve"}); err == nil {
			t.Errorf("%s wrote down a write", who)
		}
	}
	if asks, err := reader.Asks(t.Context(), "team"); !asks || err != nil {
		t.Errorf("a reader, who cannot know, asks for tokens: %t %v", asks, err)
	}
	if list, err := owner.List(t.Context()); err != nil || len(list) != 2 || list[0].Used != nil || list[0].Revoked != nil || list[0].Maker != g.owner {
		t.Errorf("%+v %v", list, err)
	}
	if err := reader.Revoke(t.Context(), "bob", time.Now()); !errors.Is(err, people.ErrUnknown) {
		t.Errorf("a reader revokes one for all: %v", err)
	}
}

// A role that guesses the row of another's token sees and changes nothing, with statements of its own too.
func TestTokensOfOthers(t *testing.T) {
	g := newGuarded(t)
	reads, stranger := g.role("reads"), g.role("stranger")
	g.member(reads, false)
	owner := g.people(g.owner)
	ada := g.must(g.create(owner, "ada", people.Right{Workspace: "team"}, people.Right{Workspace: people.All}))
	check(t, owner.Record(t.Context(), people.Write{Workspace: "team", Who: "ada", Note: "a.md"}))
	key := g.as(g.owner, "SELECT key FROM amalfa.workspaces WHERE name = 'team'")
	row := g.as(g.owner, "SELECT min(key) FROM amalfa.tokens")
	for _, role := range []string{reads, stranger} {
		for _, where := range []string{"true", "key = " + row, "workspace = " + key, "workspace IS NULL", "name = 'ada'", "hash LIKE '%'"} {
			if n := g.as(role, "SELECT count(*) FROM amalfa.tokens WHERE "+where); n != "0" {
				t.Errorf("%s sees %s tokens where %s", role, n, where)
			}
			g.as(role, "UPDATE amalfa.tokens SET writes = true, revoked = now() WHERE "+where) // of no row
			g.as(role, "DELETE FROM amalfa.tokens WHERE "+where)
		}
		if n := g.as(role, "SELECT count(*) FROM amalfa.audit"); n != "0" {
			t.Errorf("%s sees %s writes", role, n)
		}
		for _, statement := range []string{
			"INSERT INTO amalfa.tokens (hash, workspace, name, writes) VALUES (repeat('0', 64), " + key + ", 'eve', true)",
			"INSERT INTO amalfa.tokens (hash, name, writes, maker) VALUES (repeat('0', 64), 'eve', true, '" + g.owner + "')",
			"INSERT INTO amalfa.audit (workspace, machine, who, client, tool, note) VALUES (" + key + ", '', 'ada', '', '', '')",
		} {
			if _, err := g.srv.TrySQL(role, role, g.name, statement); err == nil {
				t.Errorf("%s: %s", role, statement)
			}
		}
	}
	// whoever names a hash sees its row, to read, where it may read the workspace
	named := fmt.Sprintf("SET amalfa.token = '%s'; ", ada)
	if n := g.as(reads, named+"SELECT count(*) FROM amalfa.tokens WHERE workspace IS NOT NULL"); n != "1" {
		t.Errorf("a reader that names the hash sees %s", n)
	}
	if n := g.as(stranger, named+"SELECT count(*) FROM amalfa.tokens WHERE workspace IS NOT NULL"); n != "0" {
		t.Errorf("a stranger that names the hash sees %s", n)
	}
	g.as(reads, named+"UPDATE amalfa.tokens SET writes = true")
	g.as(reads, named+"DELETE FROM amalfa.tokens")
	if rights := g.opens(owner, ada, "team"); len(rights) != 2 || rights[0].Write || rights[1].Write {
		t.Errorf("ada's token is now for %v", rights)
	}
	// a log that who writes changes is none
	if _, err := g.srv.TrySQL(g.owner, g.owner, g.name, "UPDATE amalfa.audit SET who = 'bob'"); err != nil {
		t.Fatal(err)
	}
	if found, err := owner.Writes(t.Context(), "", 9); err != nil || len(found) != 1 || found[0].Who != "ada" {
		t.Errorf("%+v %v", found, err)
	}
}

// A token for all opens what its maker may write, whoever checks it; and it ends with what its maker may.
func TestTokensEndWithTheirMaker(t *testing.T) {
	g := newGuarded(t)
	writes, stranger := g.role("writes"), g.role("stranger")
	g.member(writes, true)
	owner, writer, other := g.people(g.owner), g.people(writes), g.people(stranger)
	openAs(t, g.srv.URL(writes, writes, g.name), "own of the writer")
	openAs(t, g.srv.URL(stranger, stranger, g.name), "own of the stranger")

	evil := g.must(g.create(other, "eve", people.Right{Workspace: people.All, Write: true}))
	if rights := g.opens(owner, evil, "team"); rights != nil {
		t.Errorf("a stranger's token for all opens %v", rights)
	}
	if rights := g.opens(other, evil, "team", "own of the stranger"); len(rights) != 1 || rights[0].Workspace != "own of the stranger" {
		t.Errorf("a stranger's token for all opens %v", rights)
	}
	every := g.must(g.create(writer, "cyd", people.Right{Workspace: people.All, Write: true}))
	one := g.must(g.create(writer, "dan", people.Right{Workspace: "team"}, people.Right{Workspace: "own of the writer"}))
	mine := g.must(g.create(owner, "ada", people.Right{Workspace: "team"}))
	for hash, want := range map[string]int{every: 1, one: 1, mine: 1} {
		if rights := g.opens(owner, hash, "team", "own of the writer"); len(rights) != want {
			t.Errorf("the owner finds %v", rights)
		}
	}
	if rights := g.opens(writer, one, "team", "own of the writer"); len(rights) != 2 {
		t.Errorf("its maker finds %v", rights)
	}
	if _, err := g.create(owner, "dan", people.Right{Workspace: "team"}); !errors.Is(err, people.ErrExists) {
		t.Errorf("a name that another role gave: %v", err)
	}

	g.as(g.owner, "UPDATE amalfa.members SET writes = false WHERE role = '"+writes+"'")
	for hash, want := range map[string]int{every: 0, one: 0, mine: 1} {
		if rights := g.opens(owner, hash, "team"); len(rights) != want {
			t.Errorf("after its maker may only read: %v", rights)
		}
	}
	if rights := g.opens(writer, one, "team", "own of the writer"); len(rights) != 1 {
		t.Errorf("its maker finds %v", rights)
	}
	g.as(g.owner, "DELETE FROM amalfa.members WHERE role = '"+writes+"'; DELETE FROM amalfa.workspaces WHERE name = 'team'")
	if n := g.srv.SQL(t, g.name, "SELECT count(*) FROM amalfa.tokens WHERE name = 'ada'"); n != "0" {
		t.Errorf("%s tokens of a workspace that was removed", n)
	}
}

// A thousand tokens are listed and found as a few are.
func TestThousandTokens(t *testing.T) {
	g := newGuarded(t)
	g.as(g.owner, `INSERT INTO amalfa.tokens (hash, workspace, name, writes) SELECT encode(sha256(n::text::bytea), 'hex'), w.key, 'person-' || n, n % 2 = 0
		FROM generate_series(1, 1000) AS n, amalfa.workspaces w WHERE w.name = 'team'`)
	p := g.people(g.owner)
	ada := g.must(g.create(p, "ada", people.Right{Workspace: "team"}))
	if list, err := p.List(t.Context()); err != nil || len(list) != 1001 {
		t.Errorf("%d tokens, %v", len(list), err)
	}
	if rights := g.opens(p, ada, "team"); len(rights) != 1 {
		t.Errorf("ada's token among a thousand: %v", rights)
	}
	check(t, p.Revoke(t.Context(), "person-500", time.Now()))
}

// While the server refuses, a token is not one that does not count.
func TestTokensWhileTheServerRefuses(t *testing.T) {
	g := newGuarded(t)
	p := g.people(g.owner)
	ada := g.must(g.create(p, "ada", people.Right{Workspace: "team"}))
	g.srv.SQL(t, "postgres", "ALTER ROLE "+g.owner+" NOLOGIN")
	g.srv.SQL(t, "postgres", "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = '"+g.owner+"'")
	if _, err := p.Find(t.Context(), ada, []string{"team"}, time.Now()); err == nil || errors.Is(err, people.ErrUnknown) {
		t.Errorf("while nobody answers: %v", err)
	}
	g.srv.SQL(t, "postgres", "ALTER ROLE "+g.owner+" LOGIN")
	found, err := p.Find(t.Context(), ada, []string{"team"}, time.Now())
	if err != nil || found.Name != "ada" {
		t.Errorf("after that: %+v %v", found, err)
	}
}

// Roles that had rights before the tables of people were there have them for those too.
func TestPeopleAfterUpgrade(t *testing.T) {
	g := newGuarded(t)
	reads := g.role("reads")
	g.member(reads, false)
	g.as(g.owner, `DROP TRIGGER end_tokens ON amalfa.members; DROP FUNCTION amalfa.end_tokens; DROP TABLE amalfa.tokens, amalfa.audit;
		DROP FUNCTION amalfa.may_write; DELETE FROM amalfa.versions WHERE version_id >= 4`)
	if _, err := postgres.OpenPeople(t.Context(), g.srv.URL(reads, reads, g.name)); err == nil {
		t.Error("a role that may not bring the schema up to date did")
	}
	ada := g.must(g.create(g.people(g.owner), "ada", people.Right{Workspace: "team"}))
	if rights := g.opens(g.people(reads), ada, "team"); len(rights) != 1 {
		t.Errorf("a reader finds %v", rights)
	}
}

// A backup by the engine brings tokens into another database, as hashes.
func TestBackupHasTokens(t *testing.T) {
	g := newGuarded(t)
	ada := g.must(g.create(g.people(g.owner), "ada", people.Right{Workspace: "team"}))
	in := func(database string) string { return g.srv.URL(pgserver.Superuser, g.srv.Password, database) }
	u, err := url.Parse(g.srv.Database(t))
	check(t, err)
	into := strings.Trim(u.Path, "/")
	file, err := g.srv.Dump(t, in(g.name))
	check(t, err)
	check(t, g.srv.Restore(t, file, in(into)))
	if rights := g.opens(openPeople(t, g.srv.URL(g.owner, g.owner, into)), ada, "team"); len(rights) != 1 {
		t.Errorf("in the restored database: %v", rights)
	}
}

// BenchmarkFind checks a token among a thousand, as each request does.
func BenchmarkFind(b *testing.B) {
	at := pgserver.Shared(b).Database(b)
	s, err := postgres.Open(b.Context(), postgres.Options{URL: at, Workspace: "team", Machine: "here"})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	p, err := postgres.OpenPeople(b.Context(), at)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	hash := ""
	for i := range 1000 {
		_, hash = people.NewSecret()
		if err := p.Create(b.Context(), people.Token{Name: fmt.Sprint("p", i), Hash: hash, Rights: []people.Right{{Workspace: "team"}}}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := p.Find(b.Context(), hash, []string{"team"}, time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
