// Package store names what an index holds and what can be asked of it: the notes of one workspace, their chunks, the vectors of the
// chunks, the edges between notes, and the state of every file that ingest saw. `store/sqlite` keeps it, by means of `store/text`
// and `store/vectors`.
//
// A note is one indexed file; its id is its workspace-relative path with slashes, exact Unicode. A chunk is a passage of a
// note; its hash is the address of its vector, so equal passages share one vector whatever file they stand in. An edge leads
// from a note to what it names, and stays in the store, unresolved, while nothing answers to that name. A tag is a node of
// its own, "tag:name". Text is cut into words by text.Terms, for every script, on the way in and on the way out.
package store
