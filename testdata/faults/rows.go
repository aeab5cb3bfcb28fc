//go:build unix

package faults

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"testing"
)

// rows are all faults and threats, in the order of the table: F1 to F37 of the fault table, T1 to T13 of the threat model, and X, what
// neither names.
func rows() []row {
	all := slices.Concat(crashRows(), diskRows(), processRows(), databaseRows(), modelRows(), fileRows(), watchRows(), llmRows(), mcpRows(), httpRows(),
		threatRows(), extraRows(), superviseRows(), taskRows(), dashboardRows())
	slices.SortStableFunc(all, func(a, b row) int {
		return cmp.Or(cmp.Compare(tableOf(a), tableOf(b)), cmp.Compare(number(a), number(b)))
	})
	return all
}

// tableOf is the place of a row's table.
func tableOf(r row) int { return slices.Index([]string{"F", "T", "X"}, r.id[:1]) }

func number(r row) int {
	n, err := strconv.Atoi(r.id[1:])
	if err != nil {
		panic("faults: a row named " + r.id)
	}
	return n
}

// complete checks that every row of the fault table and of the threat model is there, each once.
func complete(t *testing.T, all []row) {
	t.Helper()
	have := map[string]int{}
	for _, r := range all {
		have[r.id]++
	}
	for table, n := range map[string]int{"F": 37, "T": 13, "X": 8} {
		for i := range n {
			if id := fmt.Sprint(table, i+1); have[id] != 1 {
				t.Errorf("the row %s is there %d times", id, have[id])
			}
		}
	}
}
