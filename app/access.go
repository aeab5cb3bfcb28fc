package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"amalfa/config"
	"amalfa/services/access"
	"amalfa/store"
	"amalfa/store/people"
)

// A Token is what is known of one: whose it is, for what, and since when. The token itself is nowhere.
type Token = people.Token

// A PersonsWrite is what is kept of one that a person has made over a network.
type PersonsWrite = people.Write

// NewToken says for whom and for what a token is made.
type NewToken struct {
	Name       string
	Workspaces []string      // each a name, a folder, or AllWorkspaces; this one where none is named here or in WriteIn
	Write      bool          // those too
	WriteIn    []string      // to write, more than those
	Expires    time.Duration // from now; 0 for never
}

// Tokens returns those of all people, in the order in which they were made, the ones that do not count any more too.
func (w *Workspace) Tokens(ctx context.Context) (all []Token, err error) {
	err = w.withPeople(ctx, func(p people.Store) (err error) {
		all, err = p.List(ctx)
		return err
	})
	return all, err
}

// PeoplesWrites returns what a person, or all where who is "", wrote over a network, the newest first.
func (w *Workspace) PeoplesWrites(ctx context.Context, who string, limit int) (all []PersonsWrite, err error) {
	err = w.withPeople(ctx, func(p people.Store) (err error) {
		all, err = p.Writes(ctx, who, limit)
		return err
	})
	return all, err
}

// CreateToken makes a person a token. The secret cannot be had again.
func (w *Workspace) CreateToken(ctx context.Context, o NewToken) (t Token, secret string, err error) {
	if err := people.CheckName(o.Name); err != nil {
		return t, "", tokenError(err)
	}
	t = Token{Name: o.Name, Created: time.Now().UTC().Truncate(time.Second)}
	if o.Expires > 0 {
		end := t.Created.Add(o.Expires)
		t.Expires = &end
	}
	if t.Rights, err = w.rights(ctx, o); err != nil {
		return t, "", err
	}
	secret, t.Hash = people.NewSecret()
	return t, secret, w.withPeople(ctx, func(p people.Store) error { return tokenError(p.Create(ctx, t)) })
}

// RevokeToken ends the token of a person, for servers that run as well.
func (w *Workspace) RevokeToken(ctx context.Context, name string) error {
	return w.withPeople(ctx, func(p people.Store) error { return tokenError(p.Revoke(ctx, name, time.Now())) })
}

func tokenError(err error) error {
	switch {
	case errors.Is(err, people.ErrName):
		return &UsageError{err.Error(), "for example: amalfa token create ada"}
	case errors.Is(err, people.ErrExists):
		return WithHint(err, "revoke it first, or take another name, as ada-laptop")
	case errors.Is(err, people.ErrUnknown):
		return WithHint(err, `"amalfa token list" has all`)
	}
	return err
}

// rights are those of a new token, one for each workspace, in order.
func (w *Workspace) rights(ctx context.Context, o NewToken) ([]people.Right, error) {
	known, err := w.Workspaces(ctx)
	if err != nil {
		return nil, err
	}
	writes := map[string]bool{}
	add := func(names []string, write bool) error {
		for _, name := range names {
			of, err := w.tokenWorkspace(known, name)
			if err != nil {
				return err
			}
			writes[of] = writes[of] || write
		}
		return nil
	}
	if err := errors.Join(add(o.Workspaces, o.Write), add(o.WriteIn, true)); err != nil {
		return nil, err
	}
	if len(writes) == 0 {
		own, err := w.ownTokenWorkspace(known)
		if err != nil {
			return nil, err
		}
		writes[own] = o.Write
	}
	var rights []people.Right
	for of, write := range writes {
		rights = append(rights, people.Right{Workspace: of, Write: write})
	}
	slices.SortFunc(rights, func(a, b people.Right) int { return strings.Compare(a.Workspace, b.Workspace) })
	return rights, nil
}

// tokenWorkspace is what a token calls the workspace that a name stands for.
func (w *Workspace) tokenWorkspace(known []NamedWorkspace, name string) (string, error) {
	if name == AllWorkspaces {
		return people.All, nil
	}
	found, err := w.named(known, name)
	if err == nil {
		return w.tokenName(found[0]), nil
	}
	if w.inDatabase() {
		return "", err
	}
	path := w.realPath(name) // a folder that has no index yet is a workspace all the same
	if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
		return path, nil
	}
	return "", err
}

// ownTokenWorkspace is what a token calls this workspace, which a database must have by then.
func (w *Workspace) ownTokenWorkspace(known []NamedWorkspace) (string, error) {
	name := w.servedName()
	if !w.inDatabase() || slices.ContainsFunc(known, func(n NamedWorkspace) bool { return n.Name == name }) {
		return name, nil
	}
	d, _, err := w.Database()
	if err != nil {
		return "", err
	}
	if !d.Shared && !d.Loopback {
		return "", w.notShared(d)
	}
	return "", WithHint(fmt.Errorf("%w: workspace %s is not in the database %s", store.ErrNoIndex, name, d.Server), `run "amalfa init" in it, or name another one with --workspace`)
}

// tokenName is what a token calls a workspace: its folder, in a database its shared name.
func (w *Workspace) tokenName(n NamedWorkspace) string {
	if w.inDatabase() {
		return n.Name
	}
	return n.Path
}

// servedName is what a token calls this workspace.
func (w *Workspace) servedName() string {
	if d, ok, err := w.Database(); ok && err == nil {
		return d.Workspace
	}
	return w.Folder.Root
}

// door is what requests of other machines have to pass. team: people have had tokens, or an issuer gives them, so that a server of this
// machine alone asks for one as well: who comes through a proxy may seem to be its user.
func (w *Workspace) door(ctx context.Context, p people.Store, served []string) (d *access.Door, team bool, err error) {
	set := w.Settings.MCP
	d = &access.Door{Token: w.Env.Getenv("AMALFA_MCP_TOKEN"), Tokens: p, Workspaces: served, PerMinute: set.PerMinute, Resource: set.Resource}
	if d.Proxies, err = config.Networks(set.Proxies); err != nil {
		return nil, false, err
	}
	if team, err = p.Asks(ctx, served[0]); err != nil || set.Issuer == "" {
		return d, team, err
	}
	if set.Resource == "" {
		return nil, false, WithHint(fmt.Errorf("%w: mcp.auth.issuer needs mcp.auth.resource: a token for another service must not count here", config.ErrSettings),
			"amalfa config set --user mcp.auth.resource https://HOST/mcp")
	}
	d.Issuer = access.NewIssuer(set.Issuer, set.Resource)
	return d, true, nil
}

// auditTo writes down who has written what.
func (w *Workspace) auditTo(p people.Store, workspace string) func(who, from, tool, note string) error {
	machine, _ := os.Hostname()
	return func(who, from, tool, note string) error {
		ctx, cancel := context.WithTimeout(context.Background(), auditTimeout)
		defer cancel()
		return p.Record(ctx, people.Write{Time: time.Now().UTC(), Who: who, From: from, Machine: machine, Workspace: workspace, Tool: tool, Note: note})
	}
}

// auditTimeout is how long the log of a write is waited for: the write itself is done.
const auditTimeout = 5 * time.Second
