package notes

import (
	"fmt"
	"path"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A dendronVault is one of the folders of notes of a Dendron workspace.
type dendronVault struct{ name, folder string }

// readDendron reads which vaults dendron.yml names, their folders relative to it. Older files list them at the top, newer ones
// under "workspace". A vault outside of the folder of dendron.yml is left out, and so is all where the file is not YAML.
func readDendron(config []byte) []dendronVault {
	if depth(config) > maxDepth {
		return nil
	}
	var file struct {
		Vaults    []vaultEntry
		Workspace struct{ Vaults []vaultEntry }
	}
	if err := unmarshalYAML(config, &file); err != nil {
		return nil
	}
	var vaults []dendronVault
	for _, e := range append(file.Workspace.Vaults, file.Vaults...) {
		if v, ok := e.vault(); ok && len(vaults) < maxVaults {
			vaults = append(vaults, v)
		}
	}
	return vaults
}

// maxVaults bounds what a hostile dendron.yml can name.
const maxVaults = 1000

// A vaultEntry is a vault as dendron.yml writes it.
type vaultEntry struct {
	FSPath        string `yaml:"fsPath"`
	Workspace     string `yaml:"workspace"` // the folder of another Dendron workspace that the vault belongs to
	Name          string `yaml:"name"`
	SelfContained bool   `yaml:"selfContained"` // its notes lie in its folder "notes"
}

func (e vaultEntry) vault() (dendronVault, bool) {
	folder := path.Join(e.Workspace, e.FSPath)
	if e.FSPath == "" || strings.HasPrefix(folder, "../") || folder == ".." || path.IsAbs(e.FSPath) || path.IsAbs(e.Workspace) {
		return dendronVault{}, false
	}
	v := dendronVault{name: e.Name, folder: folder}
	if v.name == "" {
		v.name = path.Base(folder)
	}
	if e.SelfContained {
		v.folder = path.Join(folder, "notes")
	}
	return v, true
}

// unmarshalYAML turns a panic of the parser into an error.
func unmarshalYAML(data []byte, into any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot be parsed: %v", r)
		}
	}()
	return yaml.Unmarshal(data, into)
}

// dendronLink reads [[label|target]], which Dendron writes the other way round than others do, and "dendron://vault/target".
func (v Vault) dendronLink(inner string) (t Target, ok bool) {
	_, name, labelled := cutLast(inner, "|")
	if !labelled {
		name = inner
	}
	t = Target{Rule: ByFile, Root: v.Root}
	name = strings.TrimSpace(withoutAnchor(name))
	if across, ok := strings.CutPrefix(name, "dendron://"); ok {
		var vault string
		vault, name, _ = strings.Cut(across, "/")
		t.Root = v.named(vault)
	}
	t.Name = name
	return t, name != "" && !strings.HasSuffix(name, "*") && !webAddress.MatchString(name) // ![[a.*]] stands for many
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// named is the folder of the vault of that name. Of one that dendron.yml does not name, nothing is there.
func (v Vault) named(vault string) string {
	for _, d := range v.dendron {
		if d.name == vault {
			return below(v.Root, d.folder)
		}
	}
	return path.Join(v.Root, "dendron:", vault)
}

// TopOf is the folder that "/" stands for in a link of a note; "" is the workspace.
func (v Vault) TopOf(id string) string {
	if v.isPage(id) {
		return v.contentOf(id)
	}
	return v.rootOf(id)
}

// rootOf is the folder that "/" stands for in a note: Dendron's vaults have their assets each.
func (v Vault) rootOf(id string) string {
	best := v.Root
	for _, d := range v.dendron {
		if folder := below(v.Root, d.folder); strings.HasPrefix(id, folder+"/") && len(folder) > len(best) {
			best = folder
		}
	}
	return best
}
