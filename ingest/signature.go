package ingest

import (
	"io/fs"
	"time"

	"amalfa/store"
)

// signatureOf tells cheaply that a file has not changed. An edit whose size and time of modification were put back (cp -p, touch)
// still shows, by the time of change, wherever the system keeps one.
func signatureOf(info fs.FileInfo) store.Signature {
	ctime, inode := changeTimeAndInode(info)
	return store.Signature{Size: info.Size(), MTime: info.ModTime().UnixNano(), CTime: ctime, Inode: inode}
}

// racyTime covers the coarsest clock of a common file system (FAT: 2 s).
const racyTime = 2 * time.Second

// isRacy tells whether a file changed so shortly before now that a later change may carry the same time (the "racy" entries of
// git's index). The next run reads such a file again.
func isRacy(s store.Signature, now time.Time) bool {
	return max(s.MTime, s.CTime) > now.Add(-racyTime).UnixNano()
}

// looksChanged tells whether a file differs from its record. Its inode alone does not count: some network file systems number all
// files anew when they are mounted.
func looksChanged(old store.File, now store.Signature) bool {
	if fromLayout2(old) {
		return now.Size != old.Size || now.MTime < old.MTime || now.MTime >= old.MTime+int64(time.Second)
	}
	now.Inode = old.Inode
	return old.Signature != now
}
