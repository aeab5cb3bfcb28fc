package ingest

import (
	"io/fs"
	"time"
)

// A stamp is the modification time that a file record holds, exact to the second. Its nanoseconds hold something else: a digest
// of the size and of both times of change, so that an edit whose size and time were put back (cp -p, touch) still shows; the
// recipe by which the file was cut; and in the last bit, whether it is unsettled.
const (
	recipes  = 1000
	perFile  = 2 * recipes // stamps of one state of a file
	perClock = 1_000_000_000 / perFile
)

// stampOf tells cheaply that a file has not changed.
func stampOf(info fs.FileInfo) int64 {
	h := uint64(fnvBasis)
	for _, v := range []int64{info.Size(), info.ModTime().UnixNano(), changeTime(info).UnixNano()} {
		h = mix(h, uint64(v))
	}
	return info.ModTime().Unix()*1e9 + int64(h%perClock)*perFile
}

const (
	fnvBasis = 14695981039346656037
	fnvPrime = 1099511628211
)

func mix(h, v uint64) uint64 {
	h = (h ^ v) * fnvPrime
	return h ^ h>>29
}

// recipeOf is the recipe in a stamp.
func recipeOf(stamp int64) int64 { return (stamp - fileStamp(stamp)) / 2 }

// fileStamp is a stamp without recipe and bit: that of stampOf.
func fileStamp(stamp int64) int64 {
	rest := stamp % perFile
	if rest < 0 { // before 1970
		rest += perFile
	}
	return stamp - rest
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

// sameStamp compares two stamps, whatever the recipe, settled or not.
func sameStamp(a, b int64) bool { return fileStamp(a) == fileStamp(b) }
