package app

import (
	"strings"
	"testing"

	"amalfa/config"
)

// What bears a name is found by it on every machine: whatever looks like another name is none, or is that one.
func TestShareNames(t *testing.T) {
	w := &Workspace{Folder: config.Workspace{Root: t.TempDir()}, Places: config.Places{State: t.TempDir()}}
	w.Settings.Database = "postgres://me@127.0.0.1:1/team"
	for name, want := range map[string]string{
		"with space": "with space", `quo"te's`: `quo"te's`, "всё": "всё", "👩\u200d🚀": "👩\u200d🚀", "A\u030angstrom": "\u00c5ngstrom", strings.Repeat("ж", 200): strings.Repeat("ж", 200),
		"": "", "all": "", " a": "", "a ": "", "a\nb": "", "\xff": "", strings.Repeat("x", 201): "",
		"a\u202eb": "", "a\u200bb": "", "a\ufeffb": "", "a\u00adb": "", "a\u2028b": "",
	} {
		d, err := w.Share(name)
		if want == "" {
			if err == nil {
				t.Errorf("%q is shared as %q", name, d.Workspace)
			}
			continue
		}
		if err != nil || d.Workspace != want {
			t.Errorf("%q: %q, %v", name, d.Workspace, err)
		}
	}
}
