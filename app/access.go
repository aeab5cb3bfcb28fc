package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"amalfa/config"
	"amalfa/services/access"
)

// A Token is what is known of one: whose it is, for what, and since when. The token itself is nowhere.
type Token = access.Token

func (w *Workspace) tokens() *access.Tokens {
	return access.NewTokens(filepath.Join(w.Places.State, "tokens.json"))
}

// Tokens returns those of all people, in the order in which they were made, the ones that were revoked too.
func (w *Workspace) Tokens() ([]Token, error) { return w.tokens().List() }

// CreateToken makes a person a token for some workspaces, each a name, a folder, or AllWorkspaces; for this one where none is named. The
// token cannot be had again.
func (w *Workspace) CreateToken(ctx context.Context, name string, write bool, workspaces []string) (secret string, folders []string, err error) {
	known := w.workspacesHere()
	for _, of := range workspaces {
		if of == AllWorkspaces {
			folders = append(folders, access.All)
			continue
		}
		found, err := w.named(known, of)
		path := w.realPath(of)
		switch info, statErr := os.Stat(path); {
		case err == nil:
			path = found[0].Path
		case statErr != nil || !info.IsDir(): // a folder that has no index yet is one all the same
			return "", nil, err
		}
		folders = append(folders, path)
	}
	if len(folders) == 0 {
		folders = []string{w.Folder.Root}
	}
	slices.Sort(folders)
	folders = slices.Compact(folders)
	secret, err = w.tokens().Create(ctx, name, write, folders, time.Now())
	return secret, folders, tokenError(err)
}

// RevokeToken ends the token of a person, for servers that run as well.
func (w *Workspace) RevokeToken(ctx context.Context, name string) error {
	return tokenError(w.tokens().Revoke(ctx, name, time.Now()))
}

func tokenError(err error) error {
	switch {
	case errors.Is(err, access.ErrName):
		return &UsageError{err.Error(), "for example: amalfa token create ada"}
	case errors.Is(err, access.ErrExists):
		return WithHint(err, "revoke it first, or take another name, as ada-laptop")
	case errors.Is(err, access.ErrUnknown):
		return WithHint(err, `"amalfa token list" has all`)
	}
	return err
}

// door is what requests of other machines have to pass. team: people have had tokens, or an issuer gives them, so that a server of this
// machine alone asks for one as well: who comes through a proxy may seem to be its user.
func (w *Workspace) door() (d *access.Door, team bool, err error) {
	set := w.Settings.MCP
	d = &access.Door{Token: w.Env.Getenv("AMALFA_MCP_TOKEN"), Tokens: w.tokens(), Workspace: w.Folder.Root, PerMinute: set.PerMinute, Resource: set.Resource}
	if d.Proxies, err = config.Networks(set.Proxies); err != nil {
		return nil, false, err
	}
	all, err := d.Tokens.List()
	if err != nil {
		return nil, false, err
	}
	if set.Issuer == "" {
		return d, len(all) > 0, nil
	}
	if set.Resource == "" {
		return nil, false, WithHint(fmt.Errorf("%w: mcp.auth.issuer needs mcp.auth.resource: a token for another service must not count here", config.ErrSettings),
			"amalfa config set --user mcp.auth.resource https://HOST/mcp")
	}
	d.Issuer = access.NewIssuer(set.Issuer, set.Resource)
	return d, true, nil
}

// audit writes down who has written what, beside the tokens.
func (w *Workspace) audit(who, from, tool, note string) error {
	return access.Record(filepath.Join(w.Places.State, "audit.jsonl"), access.Write{Time: time.Now().UTC(), Who: who, From: from, Workspace: w.Folder.Root, Tool: tool, Note: note})
}
