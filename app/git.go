package app

import (
	"path/filepath"

	"amalfa/config"
	"amalfa/ingest/ignore"
)

// git says where the user's git is set up, by the variables that git itself reads. git is never run.
func git(env config.Env) ignore.Git {
	g := ignore.Git{Home: env.Getenv("HOME"), Ceilings: filepath.SplitList(env.Getenv("GIT_CEILING_DIRECTORIES"))}
	own := env.Getenv("XDG_CONFIG_HOME")
	if own == "" && g.Home != "" {
		own = filepath.Join(g.Home, ".config")
	}
	if !truthy(env.Getenv("GIT_CONFIG_NOSYSTEM")) {
		g.Settings = append(g.Settings, "/etc/gitconfig")
	}
	if own != "" {
		g.Excludes = filepath.Join(own, "git", "ignore")
	}
	if only := env.Getenv("GIT_CONFIG_GLOBAL"); only != "" {
		g.Settings = append(g.Settings, only)
		return g
	}
	if own != "" {
		g.Settings = append(g.Settings, filepath.Join(own, "git", "config"))
	}
	if g.Home != "" {
		g.Settings = append(g.Settings, filepath.Join(g.Home, ".gitconfig"))
	}
	return g
}
