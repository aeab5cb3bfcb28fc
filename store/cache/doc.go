// Package cache keeps small values under content addresses, for all processes
// of a user at once and beyond their lives. A lost entry costs time and nothing
// else, so nothing here is worth failing for.
//
// On disk, beside each other, 0600 in a folder 0700:
//
//	NAME        an SQLite database: entry(id, key, used, value); value begins with a checksum
//	NAME-wal    its log, NAME-shm its shared memory
//	NAME.lock   held shared by whoever has it open, alone by who replaces a damaged one
//	NAME.bad    says that a process found it damaged: the next one that is alone begins anew
package cache
