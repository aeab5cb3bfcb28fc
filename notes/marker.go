package notes

import (
	"path"
	"slices"
	"strings"
)

// A Folder is what Detect may look at: which entries a folder has, and what a file in it says (nothing, when it is no regular file
// or cannot be read). Names are relative to the folder, with slashes.
type Folder interface {
	Has(name string) bool
	Read(name string) []byte
}

// Detect finds the tool whose vault begins at a folder inside of another vault (the zero value: of none), by what the tool itself
// leaves there. Of two, the one counts whose links another tool would take for something else. ok is false for a folder where no
// vault begins.
func Detect(outer Vault, root string, f Folder) (v Vault, ok bool) {
	if own := path.Join(outer.Root, "logseq"); outer.Dialect == Logseq && (root == own || strings.HasPrefix(root, own+"/")) {
		return Vault{}, false // it keeps copies of pages and settings there
	}
	for _, d := range []Dialect{Dendron, Logseq, Obsidian, Zola, Hugo} {
		if begins(d, f) || d == Dendron && outer.Dialect != Dendron && f.Has(dendronSchema) {
			return OpenVault(d, root, f), true
		}
	}
	return Vault{}, false
}

// dendronSchema is what each vault of a Dendron workspace holds, also where it stands alone.
const dendronSchema = "root.schema.yml"

// IsMarker tells whether a vault may begin or end, or change its settings, where an entry of that name comes, changes or goes.
func IsMarker(name string) bool {
	switch name {
	case "dendron.yml", dendronSchema, "logseq", "config.edn", ".obsidian", "zola.toml":
		return true
	}
	return slices.ContainsFunc(siteConfigs, func(config string) bool { return path.Base(config) == name })
}

// begins tells whether a folder holds the marker of a tool.
func begins(d Dialect, f Folder) bool {
	switch d {
	case Dendron:
		return f.Has("dendron.yml")
	case Logseq:
		return f.Has("logseq/config.edn") || f.Has("logseq") && f.Has("pages") && f.Has("journals")
	case Obsidian:
		return f.Has(".obsidian")
	case Zola:
		return f.Has("zola.toml") || f.Has("config.toml") && f.Has("content") && zolaConfig(f).text("base_url") != ""
	case Hugo:
		name, c := hugoConfig(f)
		return name != "" && (path.Base(name) != "config"+path.Ext(name) || f.Has("content") && c.isHugo())
	}
	return false
}

// OpenVault reads the settings of a vault's tool, as far as links depend on them.
func OpenVault(d Dialect, root string, f Folder) Vault {
	v := Vault{Dialect: d, Root: root}
	switch d {
	case Dendron:
		v.dendron = readDendron(f.Read("dendron.yml"))
	case Logseq:
		v.logseq = readLogseq(f.Read("logseq/config.edn"))
	case Hugo:
		_, c := hugoConfig(f)
		v.content, v.languages = c.contentDirs(), c.languages()
	case Zola:
		v.content, v.languages = []string{"content"}, zolaConfig(f).languages()
	}
	v.version = v.digest()
	return v
}

// hugoConfig is the first configuration that the folder of a site has.
func hugoConfig(f Folder) (name string, c siteConfig) {
	for _, name := range siteConfigs {
		if f.Has(name) {
			return name, readSite(name, f.Read(name))
		}
	}
	return "", nil
}

// zolaConfig is the configuration of a site of Zola, if it is one.
func zolaConfig(f Folder) siteConfig {
	for _, name := range []string{"zola.toml", "config.toml"} {
		if f.Has(name) {
			return readSite(name, f.Read(name))
		}
	}
	return nil
}
