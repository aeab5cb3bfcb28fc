package app

import (
	"io"
	"runtime"
	"runtime/debug"

	"amalfa/models"
	"amalfa/store/sqlite"
)

// A Build says exactly which program this is.
type Build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Date     string `json:"date"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	CGO      bool   `json:"cgo"`
	Embedded bool   `json:"embedded"` // runtime and default model are in the program
	Model    string `json:"model"`
	Schema   int    `json:"schema"`
	SQLite   string `json:"sqlite"`
}

// Version is what records, /health and `version` say.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// ReadBuild says how this program was built.
func ReadBuild() Build {
	b := Build{
		Version: Version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Model: models.DefaultName, Schema: sqlite.SchemaVersion,
	}
	b.Embedded, _ = models.WriteNotice(io.Discard) // cannot fail to write
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "CGO_ENABLED":
			b.CGO = s.Value == "1"
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	for _, dep := range info.Deps {
		if dep.Path == "modernc.org/sqlite" {
			b.SQLite = "modernc.org/sqlite " + dep.Version
		}
	}
	return b
}
