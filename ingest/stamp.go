package ingest

import (
	"io/fs"
	"time"
)

// stampOf tells cheaply that a file has not changed. It is the modification time, exact to the second; the nanoseconds are
// replaced by a digest of the size and of both times of change, so that an edit whose size and time were put back (cp -p,
// touch) still shows. The last bit is left for unsettled.
func stampOf(info fs.FileInfo) int64 {
	const prime = 1099511628211 // FNV-1a
	h := uint64(14695981039346656037)
	for _, v := range []int64{info.Size(), info.ModTime().UnixNano(), changeTime(info).UnixNano()} {
		h = (h ^ uint64(v)) * prime
		h ^= h >> 29
	}
	return info.ModTime().Unix()*1e9 + int64(h%500_000_000)*2
}

// settleTime covers the coarsest clock of a common file system (FAT: 2 s).
const settleTime = 2 * time.Second

// settle marks the stamp of a file that changed so shortly before now that a later change may carry the same time (the "racy"
// entries of git's index). The next run reads such a file again.
func settle(stamp int64, info fs.FileInfo, now time.Time) int64 {
	latest := now.Add(-settleTime)
	if info.ModTime().After(latest) || changeTime(info).After(latest) {
		return stamp | 1
	}
	return stamp
}

func isUnsettled(stamp int64) bool { return stamp&1 == 1 }

// sameStamp compares two stamps, settled or not.
func sameStamp(a, b int64) bool { return a|1 == b|1 }
