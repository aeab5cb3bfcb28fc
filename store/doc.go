// Package store keeps the index of one workspace: its notes, their chunks, the vectors of the chunks, the edges between
// notes, and the state of every file that ingest saw.
//
// A note is one indexed file; its id is its workspace-relative path with slashes, exact Unicode. A chunk is a passage of a
// note; its hash is the address of its vector, so equal passages share one vector whatever file they stand in. An edge leads
// from a note to what it names, and stays in the store, unresolved, while nothing answers to that name. A tag is a node of
// its own, "tag:name". Text is cut into words by Terms, for every script, on the way in and on the way out.
//
// On disk (the folder is the caller's): amalfa.db, amalfa.db-wal, amalfa.db-shm, all 0600. No code of this process may open
// these files other than through this package: closing any descriptor of them would drop SQLite's locks. The files are safe
// for any number of processes; one transaction per Apply, so a crash leaves the index as it was after an earlier Apply.
package store
