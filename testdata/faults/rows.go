//go:build unix

package faults

import "slices"

// rows are all faults and threats, in the order of the table.
func rows() []row {
	return slices.Concat(crashRows(), diskRows(), processRows(), databaseRows(), fileRows(), watchRows(), mcpRows(), parserRows(), extraRows())
}
