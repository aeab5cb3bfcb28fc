// Package graph walks the edges between notes and finds notes that belong together without an edge.
//
// Its nodes are notes and tags ("tag:name"); an edge may be walked from both ends. An unresolved target is shown where it
// stands but leads nowhere: no two notes are connected by a name that nothing answers to. A passage is a chunk of a note; the
// place of a note among the others is the mean of its passages' vectors.
//
// Everything here reads a store.Store as it is now and keeps nothing between calls. All functions are safe for concurrent use.
package graph
