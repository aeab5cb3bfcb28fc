//go:build unix

package vectors

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// mapping is a file in memory, shared with every process that maps it, until nothing refers to it.
type mapping struct{ data []byte }

// mapFile maps a regular file that only its owner, this user, can write.
func mapFile(path string) (*mapping, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Mode&0o022 != 0 || int(st.Uid) != os.Getuid() || st.Size == 0 {
		return nil, os.ErrPermission
	}
	data, err := unix.Mmap(fd, 0, int(st.Size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	m := &mapping{data}
	runtime.AddCleanup(m, func(data []byte) { _ = unix.Munmap(data) }, data)
	return m, nil
}
