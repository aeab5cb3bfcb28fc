// Package edit changes notes, for commands and tools that were asked to: it writes links in the way a note writes its own, moves
// notes and mends what leads to them, keeps a journal by which each change is undone, and shows changes as a diff that git
// applies.
//
// Nothing is decided by rules of spelling alone: each link that is written is resolved again as the index does, and only one that
// leads where it shall is kept.
package edit
