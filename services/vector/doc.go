// Package vector is the embedding service: the HTTP routes over an
// [embed.Engine] ([Serve]), in several dialects, and a [Client] of its own.
package vector
