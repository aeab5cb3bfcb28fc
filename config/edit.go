package config

import (
	"errors"
	"fmt"
	"strings"
)

// ErrTwice reports a name that stands twice in one object, of which an edit cannot tell which is meant.
var ErrTwice = errors.New("stands twice")

// Places returns the names that lead to a key in a settings file, for each place where it stands, the one that counts last.
func (k Key) Places(text []byte) ([][]string, error) {
	leaves, err := parse(text)
	if err != nil {
		return nil, err
	}
	var places [][]string
	seen := map[string]Position{}
	for _, at := range leaves {
		if at.Path != k.Path {
			continue
		}
		pointer := strings.Join(at.Names, "\x00")
		if first, again := seen[pointer]; again {
			return nil, fmt.Errorf("%s %w, in the lines %d and %d", k.Path, ErrTwice, first.Line, at.At.Line)
		}
		seen[pointer] = at.At
		places = append(places, at.Names)
	}
	return places, nil
}

// Check reports what a value is not that a key cannot have, in the words of Load.
func (k Key) Check(value any) error {
	s := Defaults()
	return k.set(&s, value)
}

// Allows reports whether a project's file may set the key to the value.
func (k Key) Allows(value any) bool { return k.allows(value) }

// EarlierFate says what became of a name of the earlier system; false for a name that it did not have.
func EarlierFate(name string) (string, bool) {
	for _, row := range EarlierNames() {
		if row.Name == name {
			return row.Fate(), true
		}
	}
	row, ok := earlier(EarlierNames(), name)
	if !ok || strings.HasPrefix(row.Name, name+".") {
		return "", false
	}
	return row.Fate(), true
}
