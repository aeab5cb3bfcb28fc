// Package daemon starts, finds and stops background processes, and knows nothing of what they run.
//
// Each service has a record, `<name>.pid`: its first line is the PID, the rest is JSON (see [Record]). The process that
// lives holds a lock on that file from before its first instruction to its last, so locked means alive; a PID alone means
// nothing, since the system gives it to another process later. The record also holds the service's state and the reason for
// it. The file is written in place, because a rename would leave the lock on a file that nobody opens any more, and only the
// holder of the lock removes it. A checksum tells a record that is just being written.
//
// Start locks the record and hands the descriptor to the child, together with a pipe on which the child reports each state,
// a line of JSON each, until it is ready, degraded or failed. Between the two there is no moment in which a second start
// could succeed, and a child that dies early is noticed at once.
//
// A workspace's folder may be deleted or replaced beside a running service, and its record with it. So a service of a
// workspace locks a second copy of its record in the user's state folder, in which start, stop and status find it. Files on
// disk:
//
//	<runtime>/<name>.pid        record, locked, 0600, in a folder of 0700
//	<runtime>/mcp-<pid>.pid     the same for each process started by a client
//	<state runtime>/<digest of the workspace>-<name>.pid   locked copy for a workspace's service
//	<workspace runtime>/<name>.pid   unlocked copy, without the state, for a machine service started from there
//	<runtime>/<name>.handover   locked by a command that has the service restarted, see [Replace]
//	<logs>/<name>.log[.1…]      log, appended to and rotated by size, 0600
package daemon
