package app

import (
	"path/filepath"
	"regexp"
	"runtime"
	"unicode/utf8"

	"amalfa/config"
	"amalfa/daemon"
	"amalfa/services/watcher"

	"github.com/gen2brain/beeep"
	"go.uber.org/zap"
)

// desktop reports whether somebody sits before a screen of this session. Without one a bus would be started for nobody.
func desktop(env config.Env, system string) bool {
	if system == "windows" || system == "darwin" {
		return env.Getenv("SSH_CONNECTION") == ""
	}
	screen := env.Getenv("DISPLAY") != "" || env.Getenv("WAYLAND_DISPLAY") != ""
	folder := env.Getenv("XDG_RUNTIME_DIR")
	return screen && (env.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" || folder != "" && daemon.Exists(filepath.Join(folder, "bus")))
}

// notifier returns what tells a person on the desktop of failures that last, nil where nobody is told.
func (v *serving) notifier() func(watcher.Problem) {
	if !v.Settings.Watch.Notifications || !desktop(v.Env, runtime.GOOS) {
		return nil
	}
	return func(p watcher.Problem) { v.tellDesktop(notification(p, filepath.Base(v.Folder.Root))) }
}

// tellDesktop shows a text to the person before the screen, if there is one who wants that.
func (v *serving) tellDesktop(text string) {
	if !v.Settings.Watch.Notifications || !desktop(v.Env, runtime.GOOS) {
		return
	}
	v.log.Info("Telling the desktop", zap.String("text", text))
	go func() { // a desktop that does not answer keeps nobody waiting
		beeep.AppName = "amalfa"
		if err := beeep.Notify("amalfa", text, ""); err != nil {
			v.log.Info("The desktop cannot be told", zap.Error(err))
		}
	}()
}

// plainName is a name that means nothing to any desktop, nor to a shell or script that shows it. Its length is bounded apart: as a
// count of letters of every script in the expression, the bound took 2.3 MB of each process.
var plainName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} _.-]*$`)

// longestName is the longest name of a folder that is told, in characters.
const longestName = 61

// notification says what is wrong in our own words: neither a path nor anything of a note is in it.
func notification(p watcher.Problem, folder string) string {
	what := map[string]string{
		watcher.CannotIndex: "Changes are not indexed",
		watcher.CannotEmbed: "New passages are found by their words only, since no vectors can be made",
		watcher.CannotWatch: "Some folders cannot be watched and are polled",
	}[p.Kind]
	if p.Text == "" {
		what = map[string]string{
			watcher.CannotIndex: "Changes are indexed again", watcher.CannotEmbed: "Vectors are made again", watcher.CannotWatch: "All folders are watched again",
		}[p.Kind]
	}
	if utf8.RuneCountInString(folder) <= longestName && plainName.MatchString(folder) {
		what += " in " + folder
	}
	if p.Text == "" {
		return what + "."
	}
	return what + `. "amalfa servers" says why.`
}
