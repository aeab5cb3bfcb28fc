package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amalfa/testdata/pgserver"
)

// An administrator removes a workspace, or all of amalfa's tables, while a watcher and an agent's session run: the watcher puts the notes
// there again with the next change, and both ask what is there by then. No index comes to be in the folder.
func TestTeamGoesOnAfterRemoval(t *testing.T) {
	srv := pgserver.Shared(t)
	for what, removal := range map[string]string{"the workspace": "DELETE FROM amalfa.workspaces", "the schema": "DROP SCHEMA amalfa CASCADE"} {
		t.Run(what, func(t *testing.T) {
			database := srv.Database(t)
			p := teamMachine(t, database, map[string]string{"tides.md": "# Tides\n\nHigh water at noon.\n"})
			p.run("watcher", "start")
			agent := p.talk()
			finds := func(query, note string) {
				t.Helper()
				if answer := agent.ask(askSearch(query)); !strings.Contains(answer, note) {
					t.Errorf("%s: %s", query, answer)
				}
			}
			finds("high water", "tides.md")
			remove(t, srv, database, removal)
			p.save("moon.md", "# Moon\n\nIt makes the tides.\n")
			p.eventually(true, "moon.md", "search", "it makes the tides")
			p.eventually(true, "tides.md", "search", "high water")
			finds("it makes the tides", "moon.md")
			if _, err := os.Stat(filepath.Join(p.dir, ".amalfa", "amalfa.db")); !os.IsNotExist(err) {
				t.Errorf("an index in the folder: %v", err)
			}
		})
	}
}

// remove runs a statement that takes away what others look at meanwhile: the server may end it for the sake of one of those.
func remove(t *testing.T, srv *pgserver.Server, database, statement string) {
	t.Helper()
	var err error
	for range 20 {
		if _, err = srv.TrySQL(pgserver.Superuser, srv.Password, filepath.Base(database), statement); err == nil {
			return
		}
	}
	t.Fatal(err)
}

// Tables that somebody changed are the administrator's to mend: an index that lies in the folder from before is left as it is.
func TestTeamLeavesTheFileAlone(t *testing.T) {
	srv := pgserver.Shared(t)
	database := srv.Database(t)
	p := teamMachine(t, database, map[string]string{"tides.md": "# Tides\n\nHigh water at noon.\n"})
	own := p.command("init")
	own.Env = append(own.Env, "AMALFA_DATABASE=")
	if out, err := own.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p.run("watcher", "start")
	remove(t, srv, database, "ALTER TABLE amalfa.notes RENAME COLUMN title TO another")
	p.save("moon.md", "# Moon\n\nIt makes the tides.\n")
	p.eventually(true, "degraded", "watcher", "status", "--json")
	if out, err := p.command("init").CombinedOutput(); err == nil || !strings.Contains(string(out), "have the administrator look") {
		t.Errorf("%v\n%s", err, out)
	}
	found, err := filepath.Glob(filepath.Join(p.dir, ".amalfa", "amalfa.db*"))
	if err != nil || len(found) == 0 || strings.Contains(strings.Join(found, " "), "aside") {
		t.Errorf("%v %v", found, err)
	}
}

// An agent's session that begins while the server is away has a watcher once it is back.
func TestTeamSessionBeforeTheServer(t *testing.T) {
	srv := pgserver.Own(t)
	p := teamMachine(t, srv.Database(t), map[string]string{"tides.md": "# Tides\n\nHigh water at noon.\n"})
	if err := srv.Stop("immediate"); err != nil {
		t.Fatal(err)
	}
	agent := p.talk()
	if answer := agent.ask(askSearch("high water")); !strings.Contains(answer, "cannot be reached") || !strings.Contains(answer, "hint: tell the user: see that the server runs") {
		t.Error(answer)
	}
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		agent.ask(askSearch("high water"))
		out, err := p.command("watcher", "status", "--json").CombinedOutput()
		if err == nil && strings.Contains(string(out), `"ready"`) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}
