package notes

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// siteConfigs are the names that Hugo gives its configuration, newest first.
var siteConfigs = []string{
	"hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config.yaml", "config.yml", "config.json",
	"config/_default/hugo.toml", "config/_default/hugo.yaml", "config/_default/hugo.yml", "config/_default/hugo.json",
	"config/_default/config.toml", "config/_default/config.yaml", "config/_default/config.yml", "config/_default/config.json",
}

// A siteConfig is what the configuration of a site generator says, by key in lower case.
type siteConfig map[string]any

// readSite reads TOML, YAML or JSON, going by the file's name; nil for what cannot be read.
func readSite(name string, data []byte) siteConfig {
	if depth(data) > maxDepth {
		return nil
	}
	var tree map[string]any
	unmarshal := map[string]func([]byte, any) error{".toml": toml.Unmarshal, ".json": json.Unmarshal}[path.Ext(name)]
	if unmarshal == nil {
		unmarshal = unmarshalYAML
	}
	if err := unmarshal(data, &tree); err != nil {
		return nil
	}
	return lowerKeys(tree)
}

func lowerKeys(tree map[string]any) siteConfig {
	c := make(siteConfig, len(tree))
	for key, v := range tree {
		c[strings.ToLower(key)] = v
	}
	return c
}

// text is the text at a key; "" for none.
func (c siteConfig) text(key string) string {
	s, _ := c[key].(string)
	return s
}

// isHugo tells whether a file that other programs may use as well ("config.toml") is Hugo's.
func (c siteConfig) isHugo() bool {
	return slices.ContainsFunc([]string{"baseurl", "theme", "languagecode", "defaultcontentlanguage", "contentdir", "publishdir"},
		func(key string) bool { _, ok := c[key]; return ok })
}

// contentDirs are Hugo's folders of content, relative to the site: one, or one for each language, and what modules mount there.
func (c siteConfig) contentDirs() []string {
	dirs := []string{c.text("contentdir")}
	if languages, ok := c["languages"].(map[string]any); ok {
		for _, l := range languages {
			if l, ok := l.(map[string]any); ok {
				dirs = append(dirs, lowerKeys(l).text("contentdir"))
			}
		}
	}
	dirs = append(append(dirs, c.mounts()...), "content")
	dirs = slices.DeleteFunc(dirs, func(dir string) bool { return dir == "" || path.IsAbs(dir) })
	for i, dir := range dirs {
		dirs[i] = path.Clean(dir)
	}
	dirs = slices.DeleteFunc(dirs, func(dir string) bool { return dir == ".." || strings.HasPrefix(dir, "../") })
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// languages are the languages of a site, sorted.
func (c siteConfig) languages() []string {
	all, _ := c["languages"].(map[string]any)
	return slices.Sorted(maps.Keys(lowerKeys(all)))
}

// mounts are the folders that Hugo mounts as content.
func (c siteConfig) mounts() []string {
	var dirs []string
	module, _ := c["module"].(map[string]any)
	mounts, _ := lowerKeys(module)["mounts"].([]any)
	for _, m := range mounts {
		m, _ := m.(map[string]any)
		if mount := lowerKeys(m); path.Clean(mount.text("target")) == "content" {
			dirs = append(dirs, mount.text("source"))
		}
	}
	return dirs
}
