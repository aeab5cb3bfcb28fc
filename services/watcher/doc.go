// Package watcher keeps the index of one workspace fresh: events of the file system → batches of paths → ingest.
//
// It watches folders, never files, so that a save by rename is seen; watches a new folder before it looks into it, so that
// nothing written there meanwhile is lost; looks at everything again when the kernel drops events, and now and then without
// reason; and polls the folders that it has no watch for. What an event says is never believed: ingest looks at the disk.
//
// What it counts is in one file, `.amalfa/runtime/watcher.json`, replaced whole at each change; how it is says its state.
package watcher
