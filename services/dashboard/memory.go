package dashboard

import (
	"runtime/debug"
	"runtime/metrics"
)

// idleMemory is how many bytes without use the process may keep from the system: a map or a comparison of all notes takes some hundred
// megabytes for a moment, and Go gives them back over minutes.
const idleMemory = 16 << 20

// freeMemory gives back what the last requests left.
func freeMemory() {
	idle := []metrics.Sample{{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(idle)
	dead := idle[2].Value.Uint64() - min(idle[3].Value.Uint64(), idle[2].Value.Uint64()) // since the last collection, or new
	if idle[0].Value.Uint64()+idle[1].Value.Uint64()+dead > idleMemory {
		debug.FreeOSMemory()
	}
}
