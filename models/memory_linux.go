package models

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"amalfa/models/pinned"
)

// inMemory expands a into memory that the loader can open by path, verified and then sealed against change. The
// descriptor stays open for the life of the process, since the path goes through it.
func (l *Locator) inMemory(from fs.FS, a Asset) (string, error) {
	l.memory.Lock()
	defer l.memory.Unlock()
	if l.inRAM != "" {
		return l.inRAM, nil
	}
	fd, err := memfd("amalfa-onnxruntime")
	if err != nil {
		return "", err
	}
	path := fmt.Sprintf("/proc/self/fd/%d", fd)
	if err := fill(path, from, a); err != nil {
		unix.Close(fd)
		return "", err
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_WRITE|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL); err != nil {
		unix.Close(fd)
		return "", fmt.Errorf("seal the memory: %w", err)
	}
	l.inRAM = path
	return path, nil
}

func memfd(name string) (int, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) { // kernels before 6.3 know no MFD_EXEC, and need none
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return -1, fmt.Errorf("memfd_create: %w", err)
	}
	return fd, nil
}

func fill(path string, from fs.FS, a Asset) error {
	r, err := a.open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, io.LimitReader(r, a.Sum.Size+1))
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	return pinned.Check(path, a.Sum.SHA256)
}

// noexec says that nothing on dir's file system can be executed or loaded.
func noexec(dir string) bool {
	var s unix.Statfs_t
	return unix.Statfs(dir, &s) == nil && s.Flags&unix.ST_NOEXEC != 0
}
