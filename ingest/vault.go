package ingest

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"os"
	"slices"
	"strings"

	"amalfa/ingest/ignore"
	"amalfa/notes"
	"amalfa/notes/files"
)

// A vaultAt is the vault that holds a folder.
type vaultAt struct {
	vault *notes.Vault
	set   bool // by the settings, so that no marker below counts
}

// vaultAt finds the vault of a folder: what the settings say of it, else what its markers say, else the vault around it.
func (w *walker) vaultAt(p pendingDir, e entries) vaultAt {
	root := p.id
	if root == "." {
		root = ""
	}
	dialect, set := w.dialects[p.id]
	vault, begins := notes.Vault{}, set
	switch {
	case set:
		vault = notes.OpenVault(dialect, root, e)
	case !p.vault.set:
		vault, begins = notes.Detect(*p.vault.vault, root, e)
	}
	if !begins {
		return p.vault
	}
	w.found.vaults = append(w.found.vaults, vault)
	return vaultAt{&vault, set}
}

// maxMarkerBytes bounds what is read of the settings of a vault.
const maxMarkerBytes = 256 << 10

// entries are the entries of one folder. Nothing above the folder is ever looked at.
type entries struct {
	dir   *os.Root
	names []string
	whole bool // names are all that there are
}

func (e entries) Has(name string) bool {
	first, _, deeper := strings.Cut(name, "/")
	if e.whole && (!deeper || !slices.Contains(e.names, first)) {
		return slices.Contains(e.names, first)
	}
	_, err := e.dir.Lstat(name)
	return err == nil
}

func (e entries) Read(name string) []byte {
	f, _, err := files.OpenNoLink(e.dir, name)
	if err != nil {
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxMarkerBytes))
	if err != nil {
		return nil
	}
	return data
}

// ChangesMore tells whether a change of an entry of that name changes how files beside and below it are read, or which.
func ChangesMore(name string) bool {
	return slices.Contains(ignore.Files, name) || notes.IsMarker(name)
}

// Vaults returns the vaults of a workspace, by folder: those that begin at a folder that holds notes, or leads to one. Only Root,
// Sources, Exclude and Dialects of the options are used.
func Vaults(ctx context.Context, o Options) ([]notes.Vault, error) {
	f, err := look(ctx, o, []string{"."})
	slices.SortFunc(f.vaults, func(a, b notes.Vault) int { return strings.Compare(a.Root, b.Root) })
	return f.vaults, err
}

// inDialect adds what only one tool takes for a reference, and gives others the type that they have there.
func inDialect(d notes.Dialect, refs []reference, src []byte) []reference {
	switch d {
	case notes.Hugo: // shortcodes count wherever in the text they stand
		for _, s := range notes.Shortcodes(src) {
			refs = append(refs, reference{kind: linksTo, target: s.Written, ref: true, pos: s.Pos, from: s.At, to: s.At + len(s.Written), form: Shortcode})
		}
	case notes.Logseq:
		refs = append(refs, pagesAsTags(refs, src)...)
		for i, r := range refs {
			if r.kind == cites && bytes.HasSuffix(src[:r.pos], []byte("{{embed ")) {
				refs[i].kind = embeds
			}
		}
	}
	slices.SortStableFunc(refs, func(a, b reference) int { return a.pos - b.pos })
	return refs
}

// pagesAsTags are the pages in tags such as #[[two words]], which Logseq takes for links too.
func pagesAsTags(refs []reference, src []byte) []reference {
	var pages []reference
	for _, r := range refs {
		inner, ok := bytes.CutPrefix(src[r.pos:], []byte("#[["))
		if end := bytes.Index(inner[:min(len(inner), notes.MaxTitle)], []byte("]]")); ok && end > 0 && r.kind == taggedAs {
			pages = append(pages, reference{
				kind: cmp.Or(r.field, cites), target: string(inner[:end]), pos: r.pos, from: r.pos + len("#[["), to: r.pos + len("#[[") + end, form: Wiki,
			})
		}
	}
	return pages
}
