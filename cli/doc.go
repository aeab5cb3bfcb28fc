// Package cli is the command line: one file per command, and the wiring of the
// rooms into services. It alone reads flags, variables, the clock and the
// settings, and it alone decides exit codes (exit.go). Answers go to standard
// output; everything else goes to standard error.
package cli
