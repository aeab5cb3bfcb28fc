//go:build unix

package models

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

func defaultTemp() string { return "/tmp" }

// ownedByUs refuses what another user owns or what group or others may write.
func ownedByUs(path string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(stat.Uid) != os.Getuid() {
		return fmt.Errorf("%s belongs to another user", path)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s can be written by others (mode %#o)", path, info.Mode().Perm())
	}
	return nil
}

// safeFromOthers says that only this user or root can change what is in dir.
func safeFromOthers(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm()&0o022 != 0 {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (stat.Uid == 0 || int(stat.Uid) == os.Getuid())
}

func exactly0700(info fs.FileInfo) bool { return info.Mode().Perm() == 0o700 }
