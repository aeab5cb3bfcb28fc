// Package app puts the rooms together: it opens a workspace, its index and its
// models, and wires each service that this program can be. It knows no command
// line and prints nothing: what it needs from outside comes in a [Host].
package app
