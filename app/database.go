package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"amalfa/config"
	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/sqlite"
	"amalfa/tasks/consent"

	"github.com/natefinch/atomic"
)

// An Index is the index of a workspace: a file in it, or the part of a team's database that bears its shared name.
type Index interface {
	store.Store
	Sample(ctx context.Context, limit int) ([]store.Chunk, error)
	Export(ctx context.Context, w io.Writer) error
	// Stamp is the random word that the index was given when it was made.
	Stamp() string
	// Damage is what a process found wrong with it, "" for nothing.
	Damage() string
	// Replaced tells that another index has taken its place.
	Replaced() bool
	// DropOlder removes what an older program left of it.
	DropOlder() error
}

// A Database is where a workspace's index is when it is not a file.
type Database struct {
	Server    string `json:"server"`    // host, port and name of the database; never a password
	Workspace string `json:"workspace"` // the name that machines share
	Shared    bool   `json:"shared"`    // by "amalfa share" here, for this server
	Loopback  bool   `json:"loopback"`  // the server is this machine
	checkout  string // which of this machine's folders that share the workspace; see agreement
}

// inDatabase tells that the user's own settings, or a variable, name a database.
func (w *Workspace) inDatabase() bool { return w.Settings.Database != "" }

// indexFile is the file by which others on this machine know the index: the index itself, or where it is; "" where no folder is here.
func (w *Workspace) indexFile() string {
	if w.teamOnly != "" {
		return ""
	}
	if w.inDatabase() {
		return filepath.Join(w.Folder.Dir(), databaseMark)
	}
	return w.Folder.DB()
}

// Database is where the index is; ok is false where it is a file.
func (w *Workspace) Database() (d Database, ok bool, err error) {
	if !w.inDatabase() {
		return d, false, nil
	}
	at, err := postgres.AddressOf(w.Settings.Database)
	if err != nil {
		return d, true, err
	}
	d = Database{Server: at.Name, Loopback: at.Loopback}
	if w.teamOnly != "" {
		d.Workspace, d.Shared = w.teamOnly, true // nothing is written there
		return d, true, nil
	}
	agreed, err := w.agreement()
	if err != nil {
		return d, true, err
	}
	d.Workspace, d.Shared = agreed.Workspace, agreed.Server == d.Server
	if d.checkout = agreed.Checkout; !d.Shared {
		d.Workspace, d.checkout = w.ownName(), ""
	}
	return d, true, nil
}

// IndexPlace names where the index is: its file, or workspace and server.
func (w *Workspace) IndexPlace() string {
	if d, ok, err := w.Database(); ok && err == nil {
		return "workspace " + d.Workspace + " of " + d.Server
	}
	return w.Folder.DB()
}

// ownName is what a workspace is called in a database of this machine that nobody shared it with: two folders of one name are two.
func (w *Workspace) ownName() string {
	return filepath.Base(w.Folder.Root) + "-" + config.Digest(w.Folder.Root)[:8]
}

// leaveDatabase has the services that run open the index anew, by what the user has agreed to by now.
func (w *Workspace) leaveDatabase() error {
	if w.Folder.Check() != nil { // it is not our folder
		return nil
	}
	if err := os.Remove(filepath.Join(w.Folder.Dir(), databaseMark)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// databaseMark is the file by which others on this machine know that the index is in a database, and which.
const databaseMark = "database.json"

// openDatabase opens the workspace in the database. One outside this machine gets it only once the user has shared it.
func (w *Workspace) openDatabase(ctx context.Context, readOnly bool) (Index, error) {
	d, _, err := w.Database()
	if err != nil {
		return nil, err
	}
	if !d.Shared && !d.Loopback {
		return nil, w.notShared(d)
	}
	machine, err := w.machine()
	if err != nil {
		return nil, err
	}
	o := postgres.Options{URL: w.Settings.Database, Workspace: d.Workspace, Machine: machine + d.checkout, ReadOnly: readOnly || w.teamOnly != ""}
	if o.ReadOnly {
		st, err := openReader(ctx, o)
		if err != nil {
			return nil, err
		}
		w.warnOfSuperuser(d, st)
		return reader{st}, nil
	}
	st, err := postgres.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	w.warnOfSuperuser(d, st)
	if err := errors.Join(w.remember(st.Stamp()), w.noteDatabase(d)); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

func (w *Workspace) notShared(d Database) error {
	return WithHint(fmt.Errorf("%w: %s may not have this workspace: it is not shared", store.ErrNoIndex, d.Server),
		`run "amalfa share NAME" in it, with the name that your team has for it`)
}

// toldSuperuser holds the servers of which this process has told that it asks them as a superuser.
var toldSuperuser sync.Map

// warnOfSuperuser tells once a process of a role that sees every workspace, whatever its members are.
func (w *Workspace) warnOfSuperuser(d Database, st *postgres.Store) {
	if !st.Superuser() {
		return
	}
	if _, told := toldSuperuser.LoadOrStore(d.Server, true); !told {
		w.Notice("warning: %s is asked as a superuser, whom row-level security does not bind: use a role of its own (docs/team.md)", d.Server)
	}
}

// noteDatabase leaves the file by which others on this machine know that there is an index.
func (w *Workspace) noteDatabase(d Database) error {
	data, err := json.Marshal(d)
	if err != nil {
		return err
	}
	data = append(data, '\n')
	if have, err := os.ReadFile(w.indexFile()); err == nil && string(have) == string(data) {
		return nil
	}
	return atomic.WriteFile(w.indexFile(), strings.NewReader(string(data)))
}

// withhold tells what no database gets: notes and folders that the user marked private. A nil file stands for its path alone.
func (w *Workspace) withhold() func(id string, file []byte) bool {
	if !w.inDatabase() {
		return nil
	}
	return consent.New(w.consent()).IsPrivate
}

// ownFile is the index as a file: what is about the file does not go for a database.
func ownFile(st Index) (*sqlite.Store, error) {
	if file, ok := st.(*sqlite.Store); ok {
		return file, nil
	}
	return nil, &UsageError{"the index is in a database", "back up with the server's own tools, as pg_dump, or write the index out: amalfa export"}
}
