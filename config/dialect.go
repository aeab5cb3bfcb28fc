package config

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"amalfa/notes"
)

const (
	autoDialect = "auto"
	dialectsKey = "dialects" // its value is an object, whose keys are folders, not settings
)

// setDialect reads the dialect of the whole workspace.
func setDialect(s *Settings, v any) error { return addDialect(s, ".", v) }

// setDialects reads the dialects of folders.
func setDialects(s *Settings, v any) error {
	folders, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("want an object, have %s", kindOf(v))
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		if err := insideAll([]string{folder}); err != nil {
			return err
		}
		if err := addDialect(s, path.Clean(folder), folders[folder]); err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
	}
	return nil
}

func addDialect(s *Settings, folder string, v any) error {
	name, ok := v.(string)
	if !ok {
		return fmt.Errorf("want text, have %s", kindOf(v))
	}
	if s.Dialects == nil {
		s.Dialects = make(map[string]notes.Dialect)
	}
	if name == autoDialect {
		delete(s.Dialects, folder)
		return nil
	}
	d, err := notes.ParseDialect(name)
	if err != nil {
		return err
	}
	s.Dialects[folder] = d
	return nil
}

// dialectNames are the words that a dialect may be.
func dialectNames() []string {
	names := []string{autoDialect}
	for _, d := range notes.Dialects() {
		names = append(names, d.String())
	}
	return names
}
