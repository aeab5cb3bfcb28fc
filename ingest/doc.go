// Package ingest turns the files of a workspace into what the store keeps: notes, chunks, edges, vectors, and a record of
// every file it saw.
//
// A file goes through discover (which files are notes; nothing outside the workspace is ever opened, no link is followed),
// read (bounded, never a device), parse (front matter, blocks, references) and chunk (passages that fit the model). Only
// files whose content changed are parsed, and only passages whose text has no vector yet are embedded. A batch of notes is
// one transaction under the writer lock, so a crash at any point leaves an index that the next run completes.
package ingest
