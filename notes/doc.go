// Package notes is a note as a text: what its front matter says, what is a tag and a day, how a reference is written, and how
// tags are added without another byte changing. Whoever reads or changes a note asks this room, so that nobody reads
// otherwise than another writes. It opens no file; `notes/files` does.
package notes
