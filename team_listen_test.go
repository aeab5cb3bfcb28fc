package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"amalfa/testdata/pgserver"
)

// teamMachine is a user with a machine of their own, who has a folder of these notes in a team's database.
func teamMachine(t *testing.T, database string, texts map[string]string) *place {
	t.Helper()
	p := &place{t: t, bin: program(t), home: t.TempDir(), dir: t.TempDir()}
	p.env = append(os.Environ(), "HOME="+p.home, "XDG_CONFIG_HOME="+p.home+"/config", "XDG_CACHE_HOME="+p.home+"/cache", "XDG_STATE_HOME="+p.home+"/state",
		"AMALFA_STATE_DIR="+p.home+"/state/amalfa", "AMALFA_CACHE_DIR="+p.home+"/cache/amalfa", "AMALFA_OFFLINE=1", "VECTOR_PORT=0", "RERANKER_PORT=0", "SONAR_PORT=0",
		"DASHBOARD_PORT=0", "NO_COLOR=1", "AMALFA_DATABASE="+database, "AMALFA_SEARCH_MODE=keyword")
	for name, text := range texts {
		p.save(name, text)
	}
	t.Cleanup(func() { p.run("stop-all", "--all") })
	p.run("share", "team")
	p.run("init")
	return p
}

func (p *place) save(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// eventually asks a command until its answer holds a text, or lacks it.
func (p *place) eventually(has bool, text string, args ...string) {
	p.t.Helper()
	said := ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		out, _ := p.command(args...).CombinedOutput() // one that fails is asked again
		if said = string(out); strings.Contains(said, text) == has {
			return
		}
	}
	p.t.Fatalf("amalfa %v: %q is there: %v\n%s", args, text, !has, said)
}

// Two machines at one database: what one writes, the other's page and watcher hear of, also after the server was away; and an older file of the
// other is not written over it.
func TestTeamHears(t *testing.T) {
	srv := pgserver.Own(t)
	database := srv.Database(t)
	notes := map[string]string{"tides.md": "# Tides\n\nHigh water at noon.\n"}
	ada, bob := teamMachine(t, database, notes), teamMachine(t, database, notes)
	bob.run("watcher", "start")
	page := bob.health(t)

	ada.save("moon.md", "# Moon\n\nIt makes the tides.\n")
	ada.run("init")
	page.until("<dt>notes</dt><dd>2</dd>")
	bob.eventually(true, "moon.md  (another machine)", "changes")

	if err := srv.Stop("immediate"); err != nil {
		t.Fatal(err)
	}
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	ada.save("tides.md", "# Tides\n\nHigh water at midnight.\n")
	ada.save("storm.md", "# Storm\n\nIt came from the west.\n")
	ada.run("init")
	page.until("<dt>notes</dt><dd>3</dd>")
	bob.eventually(true, "1 file here is older", "watcher", "status", "--json")
	bob.save("own.md", "# Of Bob\n\nAnother text.\n") // which the watcher indexes
	ada.eventually(true, "own.md", "search", "another text")
	ada.eventually(true, "tides.md", "search", "midnight")

	bob.save("tides.md", "# Tides\n\nHigh water at midnight.\n") // as git pull brings it
	bob.eventually(false, "1 file here is older", "watcher", "status", "--json")
	ada.eventually(true, "tides.md", "search", "midnight")
}

// A healthStream is the events of a page.
type healthStream struct {
	t     *testing.T
	lines *bufio.Scanner
}

// health opens the events of this user's page.
func (p *place) health(t *testing.T) healthStream {
	t.Helper()
	p.run("dashboard", "start")
	out, err := p.command("dashboard", "status", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var row struct{ Port int }
	if err := json.Unmarshal(out, &row); err != nil || row.Port == 0 {
		t.Fatalf("%v %s", err, out)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+strconv.Itoa(row.Port)+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", resp, err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	s := healthStream{t, bufio.NewScanner(resp.Body)}
	s.lines.Buffer(nil, 1<<20)
	end := time.AfterFunc(3*patience, stop)
	t.Cleanup(func() { end.Stop() })
	return s
}

// until reads to a line that holds a text.
func (s healthStream) until(text string) {
	s.t.Helper()
	for s.lines.Scan() {
		if strings.Contains(s.lines.Text(), text) {
			return
		}
	}
	s.t.Fatalf("the page never said %q: %v", text, s.lines.Err())
}
