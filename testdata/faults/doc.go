// Package faults breaks the released program on purpose, one row for each fault and each threat, and counts what it survives.
//
// A row starts the program as it is released, in a workspace and for a user of its own (a world), does to it what happens to programs:
// kills it, fills its disk, swaps its files, lies to it over HTTP. Then it mends the cause, never the program's own files, and looks:
// is every note found, is no answer wrong without saying so, is the message clear, does all go on without anybody cleaning up.
//
// What a machine lacks (root, strace, a loop device) is never counted as held: the row prints "not tried" with the reason.
package faults
