package models

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// diskError says so, with the path, when a disk is full, whatever the write was for.
func diskError(path string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("disk full at %s: %w", path, err)
	}
	return err
}

// plainName accepts the name of a file directly inside a folder, on every system.
func plainName(name string) bool {
	return name != "" && name != "." && name != ".." && filepath.IsLocal(name) &&
		!strings.ContainsAny(name, "/\\:\x00") && len(name) <= 255
}

// isSum accepts the lower-case hex of a SHA-256.
func isSum(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

func baseName(p string) string { return path.Base(p) }
