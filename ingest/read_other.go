//go:build !unix

package ingest

const nonblock = 0
