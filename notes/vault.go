package notes

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
)

// A Dialect is the tool that the links of a vault are written for.
type Dialect string

// Dialects. Plain is Markdown that no tool of its own has written.
const (
	Plain    Dialect = ""
	Obsidian Dialect = "obsidian"
	Logseq   Dialect = "logseq"
	Dendron  Dialect = "dendron"
	Hugo     Dialect = "hugo"
	Zola     Dialect = "zola"
)

// markdown is what Plain is called in settings and reports.
const markdown = "markdown"

// String is how people call the dialect.
func (d Dialect) String() string {
	if d == Plain {
		return markdown
	}
	return string(d)
}

// Dialects returns all of them.
func Dialects() []Dialect { return []Dialect{Plain, Obsidian, Logseq, Dendron, Hugo, Zola} }

// ParseDialect reads what String writes.
func ParseDialect(name string) (Dialect, error) {
	known := Dialects()
	for _, d := range known {
		if d.String() == name {
			return d, nil
		}
	}
	return Plain, fmt.Errorf("want one of %v, have %q", known, name)
}

// A Vault is a folder whose links are written in one dialect. The zero value is a workspace in plain Markdown.
type Vault struct {
	Dialect Dialect
	Root    string // a folder of the workspace; "" is the workspace

	logseq    logseqGraph
	dendron   []dendronVault
	content   []string // a site's folders of content, relative to Root
	languages []string // of a site, in lower case
	version   string
}

// Version names all of a vault that decides where links lead: two notes with one text and one version have the same edges. It is
// "" for the zero value.
func (v Vault) Version() string { return v.version }

// digest is the version of a vault that has none yet.
func (v Vault) digest() string {
	if v.Dialect == Plain {
		return ""
	}
	sum := sha256.Sum256(fmt.Append(nil, v))
	return v.Dialect.String() + "-" + hex.EncodeToString(sum[:4])
}

// IsSite tells whether the notes are pages of a site, which have addresses.
func (v Vault) IsSite() bool { return v.isSite() }

// isSite tells whether the notes are pages of a site, which have addresses.
func (v Vault) isSite() bool { return v.Dialect == Hugo || v.Dialect == Zola }

// nameRule is how a name in a wikilink is meant.
func (v Vault) nameRule() Rule {
	if v.Dialect == Obsidian {
		return ByObsidian
	}
	return ByName
}

// Names are the title and the aliases of a note of the vault. title is "" where the vault's tool names no note, and the text has to.
func (v Vault) Names(id string, head Head) (title string, aliases []string) {
	title, aliases = head.Title(), head.Aliases()
	switch v.Dialect {
	case Logseq:
		names := v.logseq.names(relativeTo(v.Root, id))
		if title == "" {
			title, names = names[0], names[1:]
		} else {
			names = nil // another title takes the place of the file's name
		}
		aliases = append(aliases, names...)
	case Dendron:
		if own := head.last("id"); own != "" {
			aliases = append(aliases, Clip(own, MaxTitle))
		}
	case Hugo, Zola:
		if address := v.address(id, head); v.isPage(id) && address != "" {
			aliases = append(aliases, Clip(address, MaxTitle))
		}
	}
	return title, aliases
}

// relativeTo is a path of the workspace as seen from a folder that holds it.
func relativeTo(root, id string) string {
	if root == "" {
		return id
	}
	return strings.TrimPrefix(id, root+"/")
}

// below is a folder of a vault as a path of the workspace, "" for the workspace.
func below(root, folder string) string {
	if p := path.Join(root, folder); p != "." {
		return p
	}
	return ""
}
