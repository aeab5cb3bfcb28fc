// Package config says where amalfa keeps things and what its user asked for.
//
// Places are the machine's folders (state, cache, config), a Workspace is the
// folder amalfa works for, and Settings are the values that files and
// variables set. Only cli reads this package; it hands plain values to the
// other rooms.
//
// On disk, below a workspace root:
//
//	amalfa.settings.json       the project's settings; may be a stranger's, so only harmless keys count
//	.amalfa/                   0700, ours, never followed through a link
//	.amalfa/.gitignore         "*"
//	.amalfa/amalfa.db          the index
//	.amalfa/writer.lock        held by whoever writes a batch
//	.amalfa/runtime/NAME.pid   a service's record
//	.amalfa/runtime/watcher.json
//	.amalfa/logs/NAME.log
//	.amalfa/cache/scratchpad/
package config
