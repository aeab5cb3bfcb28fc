package cli

import (
	"context"
	"fmt"
	"strings"

	"amalfa/app"
	"amalfa/config"
	"amalfa/daemon"
	"amalfa/registry"
)

// target is the file that a command changes.
func (s *session) target(o configOptions, orElse func(user, project app.SettingsFile) app.SettingsFile) (app.SettingsFile, error) {
	user, project := s.SettingsFiles()
	switch {
	case o.User && o.Project:
		return user, usageError("--user and --workspace are two files", "choose one")
	case o.Project && s.Folder.IsNowhere():
		return user, usageError("there is no workspace here", "go to one, or name it with --root")
	case o.Project:
		return project, nil
	case o.User || s.Folder.IsNowhere():
		return user, nil
	}
	return orElse(user, project), nil
}

func (s *session) setSetting(ctx context.Context, o configOptions) error {
	key, ok := config.Lookup(o.Words[0])
	if !ok {
		return unknownSetting(o.Words[0])
	}
	words := o.Words[1:]
	if len(words) > 1 && key.Kind != "list of text" {
		return usageError(fmt.Sprintf("%s takes one value, not %d", key.Path, len(words)), "put words that belong together in quotes")
	}
	value, err := key.Parse(words[0])
	if len(words) > 1 {
		list := make([]any, len(words))
		for i, word := range words {
			list[i] = word
		}
		value = list
	}
	if err != nil {
		return usageError(key.Path+": "+err.Error(), `run "amalfa config list `+key.Path+`"`)
	}
	file, err := s.target(o, func(user, project app.SettingsFile) app.SettingsFile {
		if key.Allows(value) {
			return project
		}
		return user
	})
	if err != nil {
		return err
	}
	done, err := s.SetSetting(file, key, value)
	if err != nil {
		return err
	}
	return s.changed(ctx, done, "set")
}

// unsetSetting takes a key out of the file where it counts, if no file is named.
func (s *session) unsetSetting(ctx context.Context, o configOptions) error {
	key, ok := config.Lookup(o.Words[0])
	if !ok {
		return unknownSetting(o.Words[0])
	}
	file, err := s.target(o, func(user, project app.SettingsFile) app.SettingsFile {
		if s.stands(key, project) {
			return project
		}
		return user
	})
	if err != nil {
		return err
	}
	done, err := s.UnsetSetting(file, key)
	if err != nil {
		return err
	}
	return s.changed(ctx, done, "unset")
}

// stands reports whether a file says something of a key, usable or not.
func (s *session) stands(key config.Key, file app.SettingsFile) bool {
	text, err := config.ReadFile(file.Path)
	if err != nil {
		return false
	}
	places, err := key.Places(text)
	return err != nil || len(places) > 0
}

// A changeAnswer is `config set --json` and `config unset --json`.
type changeAnswer struct {
	settingAnswer
	Changed bool   `json:"changed"`
	Path    string `json:"path"` // the file
}

func (s *session) changed(ctx context.Context, ch app.SettingChange, verb string) error {
	ans := changeAnswer{newSettingAnswer(ch.Now), ch.Changed, ch.File.Path}
	return s.print(ans, func() {
		what := verb + " in"
		if !ch.Changed {
			what = map[string]string{"set": "was so in", "unset": "was not set in"}[verb]
		}
		s.line("%s %s %s", ch.Key.Path, what, s.Relative(ch.File.Path))
		if elsewhere := ch.Now.Origin; elsewhere != (config.Origin{}) && elsewhere.File != ch.File.Path {
			s.note("note: %s counts, from %s", cleanLine(jsonText(ch.Now.Shown())), elsewhere)
		}
		s.tellServices(ctx, ch.Key)
		if strings.HasSuffix(ch.Key.Path, ".model") && ch.Key.Path != "sonar.model" {
			s.tellModel(ch)
		}
	})
}

// tellModel says where a model that was chosen is not here.
func (s *session) tellModel(ch app.SettingChange) {
	w := *s.Workspace
	name, _ := ch.Now.Value.(string)
	find := w.FindModel
	if w.Settings.Embeddings.Model = name; ch.Key.Path == "reranker.model" {
		w.Settings.Reranker.Model = name
		find = w.FindReranker
	}
	if _, err := find(); err != nil {
		s.note("note: %v", err)
		if hint := classify(err).hint; hint != "" {
			s.note("hint: %s", hint)
		}
	}
}

// tellServices has the services that run learn of a change, and says which of them take it over only by a restart.
func (s *session) tellServices(ctx context.Context, key config.Key) {
	now, err := app.Open(app.Host{Env: s.env, Exe: s.exe, Notice: func(string, ...any) {}}, app.OpenOptions{Root: s.root, Anywhere: true, Settings: app.SettingsShown})
	if err != nil {
		return // the change is done, and who uses the settings is told
	}
	all, err := now.OutdatedServices(func(svc registry.Service) (daemon.Status, error) { return now.Inspect(ctx, svc) }, key.Path)
	if err != nil {
		s.note("note: services: %v", err)
	}
	for _, text := range all {
		s.note("note: %s", text)
	}
}
