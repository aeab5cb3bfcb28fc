//go:build !linux

package models

import (
	"errors"
	"io/fs"
)

// inMemory is for Linux, whose loader can open memory by path.
func (l *Locator) inMemory(fs.FS, Asset) (string, error) {
	return "", errors.New("not possible on this system")
}

// noexec is not asked on these systems: the loader's own error tells.
func noexec(string) bool { return false }
