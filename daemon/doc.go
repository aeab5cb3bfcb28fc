// Package daemon starts, finds and stops background processes, and knows
// nothing of what they run.
//
// Each service has a record, `<name>.pid`: its first line is the PID, the rest
// is JSON (see [Record]). The process that lives holds a lock on that file from
// before its first instruction to its last, so locked means alive; a PID alone
// means nothing, since the system gives it to another process later. The file
// is written in place, because a rename would leave the lock on a file that
// nobody opens any more, and only the holder of the lock removes it.
//
// Start locks the record and hands the descriptor to the child, together with
// a pipe on which the child says READY. Between the two there is no moment in
// which a second start could succeed, and a child that dies early is noticed
// at once. Files on disk:
//
//	<runtime>/<name>.pid        record, locked, 0600, in a folder of 0700
//	<runtime>/mcp-<pid>.pid     the same for each process started by a client
//	<workspace runtime>/<name>.pid   unlocked copy for a machine service started from there
//	<logs>/<name>.log[.1…]      log, appended to and rotated by size, 0600
package daemon
