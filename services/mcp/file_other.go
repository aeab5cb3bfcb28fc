//go:build !unix

package mcp

// nonblock is for named pipes inside a folder, which only Unix has.
const nonblock = 0
