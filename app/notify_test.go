package app

import (
	"strings"
	"testing"

	"amalfa/config"
	"amalfa/services/watcher"
)

func TestDesktop(t *testing.T) {
	for _, row := range []struct {
		system string
		env    map[string]string
		want   bool
	}{
		{"linux", map[string]string{}, false},
		{"linux", map[string]string{"DISPLAY": ":0"}, false},
		{"linux", map[string]string{"DBUS_SESSION_BUS_ADDRESS": "unix:path=/x"}, false},
		{"linux", map[string]string{"WAYLAND_DISPLAY": "wayland-0", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/x"}, true},
		{"linux", map[string]string{"DISPLAY": ":0", "XDG_RUNTIME_DIR": t.TempDir()}, false},
		{"darwin", map[string]string{}, true},
		{"darwin", map[string]string{"SSH_CONNECTION": "1 2 3 4"}, false},
	} {
		env := config.Env{Getenv: func(key string) string { return row.env[key] }}
		if got := desktop(env, row.system); got != row.want {
			t.Errorf("%s %v: %v", row.system, row.env, got)
		}
	}
}

// What is shown holds neither a path nor what an error says, and no folder's name that could mean something to whoever shows it.
func TestNotification(t *testing.T) {
	p := watcher.Problem{Kind: watcher.CannotIndex, Text: "indexing fails: read /home/me/diary.md: input/output error"}
	for folder, want := range map[string]string{
		"notes":                            `Changes are not indexed in notes. "amalfa servers" says why.`,
		"日本 2026":                          `Changes are not indexed in 日本 2026. "amalfa servers" says why.`,
		`x" & beep`:                        `Changes are not indexed. "amalfa servers" says why.`,
		"<b>x</b>":                         `Changes are not indexed. "amalfa servers" says why.`,
		"$(touch /tmp/x)":                  `Changes are not indexed. "amalfa servers" says why.`,
		strings.Repeat("é", longestName):   "Changes are not indexed in " + strings.Repeat("é", longestName) + `. "amalfa servers" says why.`,
		strings.Repeat("é", longestName+1): `Changes are not indexed. "amalfa servers" says why.`,
	} {
		if got := notification(p, folder); got != want {
			t.Errorf("%q: %s", folder, got)
		}
	}
	for _, kind := range []string{watcher.CannotIndex, watcher.CannotEmbed, watcher.CannotWatch} {
		if got := notification(watcher.Problem{Kind: kind}, "notes"); !strings.HasSuffix(got, "again in notes.") {
			t.Error(got)
		}
	}
}
