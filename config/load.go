package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tailscale/hujson"
)

// ErrSettings reports a settings file that cannot be used. The message names the file, the setting and the reason.
var ErrSettings = errors.New("settings not usable")

// maxSettings bounds a settings file; a real one has a few kilobytes.
const maxSettings = 1 << 20

// A Loaded is the outcome of reading the settings files.
type Loaded struct {
	Settings
	Warnings []string        // one line each: what was ignored, and why
	Project  map[string]bool // keys that the project's file set
}

// Load reads the user's file, then the project's over it. The project's file may be a stranger's: only keys marked Project
// count there, the rest is named in one warning. A missing file is fine; a broken one is ErrSettings.
func Load(w Workspace, p Places) (Loaded, error) {
	l := Loaded{Settings: Defaults(), Project: map[string]bool{}}
	if err := l.file(p.Settings(), false); err != nil {
		return Loaded{}, err
	}
	if err := l.file(w.Settings(), true); err != nil {
		return Loaded{}, err
	}
	return l, nil
}

func (l *Loaded) file(path string, stranger bool) error {
	values, err := read(path)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrSettings, path, err)
	}
	var refused, unknown []string
	for _, at := range slices.Sorted(maps.Keys(values)) {
		i := slices.IndexFunc(Keys(), func(k Key) bool { return k.Path == at })
		switch {
		case i < 0:
			unknown = append(unknown, at)
		case stranger && !Keys()[i].allows(values[at]):
			refused = append(refused, at)
		default:
			if err := Keys()[i].set(&l.Settings, values[at]); err != nil {
				return fmt.Errorf("%w: %s: %s: %w", ErrSettings, path, at, err)
			}
			if stranger {
				l.Project[at] = true
			}
		}
	}
	l.warn(path, "is not for a project's file, set it in your own", refused)
	l.warn(path, "is not a setting", unknown)
	return nil
}

// allows reports whether a stranger's file may set this key to this value: a model by its catalogue name, never by a path.
func (k Key) allows(v any) bool {
	name, isText := v.(string)
	if strings.HasSuffix(k.Path, ".model") && isText {
		return k.Project && !filepath.IsAbs(name) && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "~") && strings.Count(name, "/") <= 1 && !strings.ContainsAny(name, "\\\x00")
	}
	return k.Project
}

func (l *Loaded) warn(path, what string, names []string) {
	if len(names) > 0 {
		l.Warnings = append(l.Warnings, fmt.Sprintf("%s: ignored, %s: %s", path, what, strings.Join(names, ", ")))
	}
}

// read returns the leaves of a JSON file (comments and trailing commas allowed) by dotted path.
func read(path string) (map[string]any, error) {
	f, err := openRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSettings+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxSettings {
		return nil, fmt.Errorf("larger than %d bytes", maxSettings)
	}
	return parse(data)
}

// openRegular opens without waiting, so that a pipe in a cloned folder cannot hang us.
func openRegular(path string) (*os.File, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	return os.Open(path)
}

func parse(data []byte) (map[string]any, error) {
	if err := shallow(data); err != nil {
		return nil, err
	}
	std, err := hujson.Standardize(data)
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := json.Unmarshal(std, &tree); err != nil {
		return nil, err
	}
	leaves := map[string]any{}
	flatten(leaves, "", tree)
	return leaves, nil
}

// shallow refuses nesting that no settings file has, before a recursive parser sees it.
func shallow(data []byte) error {
	depth := 0
	for _, c := range data {
		switch c {
		case '{', '[':
			if depth++; depth > 64 {
				return errors.New("nested deeper than 64")
			}
		case '}', ']':
			depth--
		}
	}
	return nil
}

func flatten(into map[string]any, prefix string, tree map[string]any) {
	for name, v := range tree {
		if sub, ok := v.(map[string]any); ok && prefix+name != dialectsKey {
			flatten(into, prefix+name+".", sub)
			continue
		}
		if prefix == "" && name == "$schema" {
			continue
		}
		into[prefix+name] = v
	}
}

// Template returns the settings file that `init --write-settings` writes: every
// key a project may set, with its default and what it means.
func Template() string {
	var b strings.Builder
	b.WriteString("// Settings of this folder. Keys that reach beyond it (ports, servers, model\n// folders) belong in your own file, which `amalfa doctor` names.\n{\n")
	group := ""
	for _, k := range Keys() {
		if !k.Project {
			continue
		}
		head, tail, nested := strings.Cut(k.Path, ".")
		if group != "" && (!nested || head != group) {
			b.WriteString("  },\n")
			group = ""
		}
		indent, name := "  ", head
		if nested {
			if group == "" {
				fmt.Fprintf(&b, "  %q: {\n", head)
				group = head
			}
			indent, name = "    ", tail
		}
		value, _ := json.Marshal(k.Default) // plain data, cannot fail
		fmt.Fprintf(&b, "%s// %s\n%s%q: %s,\n", indent, k.Doc, indent, name, value)
	}
	if group != "" {
		b.WriteString("  },\n")
	}
	b.WriteString("}\n")
	return b.String()
}
