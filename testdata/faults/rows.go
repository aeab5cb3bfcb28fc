//go:build unix

package faults

import (
	"cmp"
	"slices"
	"strconv"
)

// rows are all faults and threats, in the order of the table: F1 to F37 of the fault table, T1 to T13 of the threat model, and X, what
// neither names.
func rows() []row {
	all := slices.Concat(crashRows(), diskRows(), processRows(), databaseRows(), modelRows(), fileRows(), watchRows(), llmRows(), mcpRows(), httpRows(),
		threatRows(), extraRows(), superviseRows())
	slices.SortStableFunc(all, func(a, b row) int {
		return cmp.Or(cmp.Compare(table1(a), table1(b)), cmp.Compare(number(a), number(b)))
	})
	return all
}

// table1 is the place of a row's table.
func table1(r row) int { return slices.Index([]string{"F", "T", "X"}, r.id[:1]) }

func number(r row) int {
	n, err := strconv.Atoi(r.id[1:])
	if err != nil {
		panic("faults: a row named " + r.id)
	}
	return n
}
