package daemon

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// Windows has neither links that an unprivileged stranger can plant in our
// folder nor Unix modes; the profile folder's access list protects our files.
const (
	noFollow      = 0
	enforcesModes = false
)

func FileID(string) string           { return "" } // a folder in use is neither moved nor deleted here
func isOurs(fs.FileInfo) bool        { return true }
func hasOtherNames(fs.FileInfo) bool { return false }
func isDeleted(fs.FileInfo) bool     { return false } // an open file cannot be deleted here

// lockAt is the byte that is locked, far behind the text: a lock on Windows keeps others from reading what it covers.
func lockAt() *windows.Overlapped { return &windows.Overlapped{OffsetHigh: 1} }

func lockFile(f *os.File, exclusive bool) (bool, error) {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if exclusive {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, lockAt())
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// waitForLock takes the lock when it is free. Nothing but that ends the wait.
func waitForLock(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, lockAt())
}

func unlockFile(f *os.File) error {
	return windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, lockAt())
}
