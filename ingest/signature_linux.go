package ingest

import (
	"io/fs"
	"syscall"
)

// changeTimeAndInode are zero where the file system is none of the system's own.
func changeTimeAndInode(info fs.FileInfo) (nanoseconds, inode int64) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ctim.Nano(), int64(st.Ino)
	}
	return 0, 0
}
