package ingest

import (
	"strconv"
	"strings"

	"amalfa/store"
)

// layout2 begins the chunker's version of a record that came from layout 2 of the index; a number below 1000 follows. Such a record
// knows the file's time to the second, until the file is read again.
const layout2 = "layout 2: "

func fromLayout2(f store.File) bool { return f.Racy && strings.HasPrefix(f.Chunker, layout2) }

// layout2Version is what a program of layout 2 would have recorded of this chunker.
func layout2Version(o Options) string {
	h := uint64(14695981039346656037)
	mix := func(v uint64) {
		h = (h ^ v) * 1099511628211
		h ^= h >> 29
	}
	mix(cutVersion)
	mix(uint64(o.MaxTokens))
	for _, p := range probes {
		mix(uint64(o.Count(p)))
	}
	return layout2 + strconv.FormatUint(h%1000, 10)
}
