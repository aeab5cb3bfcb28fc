// Package search turns a question into ranked passages of the notes in a store.
//
// A question is words, "quoted phrases" and -exclusions; nothing else in it has a meaning. Keyword candidates (BM25) and
// vector candidates (cosine, exact over all vectors) are fused by a weighted sum; notes whose name the question spells out
// come first. A hit is one passage, with where its score came from.
package search
