// Package reranker is the reranking service: the HTTP routes over a
// [rerank.Engine] ([Serve]), in several dialects, and a [Client] of its own.
package reranker
