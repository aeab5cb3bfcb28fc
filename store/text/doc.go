// Package text is the word index: it cuts text into terms for every script, keeps them as postings in segments, and ranks
// chunks by BM25. It knows no database: pages of postings lie where a [Source] reads them and a [Pages] puts them.
//
// A term is a folded word; a posting says how heavily a term weighs in one chunk; a segment is the postings of the chunks of one
// batch, or of several merged ones, and never changes; its directory says which page holds which terms. A chunk that is removed
// stays in its segment and is listed as a tombstone in a later one, until both are merged. A snapshot is all segments of an
// index at one generation.
package text
