package postgres

import (
	"fmt"
	"strconv"
	"strings"
)

// rows gathers rows of one table by columns, as unnest takes them: one statement writes any number of them.
type rows struct {
	texts  map[int][]string
	whole  map[int][]int64
	floats map[int][]float64
	truths map[int][]bool
	width  int
	n      int
}

func newRows(width int) *rows {
	return &rows{width: width, texts: map[int][]string{}, whole: map[int][]int64{}, floats: map[int][]float64{}, truths: map[int][]bool{}}
}

// add takes one row of texts, whole numbers, numbers and truth values.
func (r *rows) add(values ...any) {
	r.n++
	for i, v := range values {
		switch v := v.(type) {
		case string:
			r.texts[i] = append(r.texts[i], v)
		case int64:
			r.whole[i] = append(r.whole[i], v)
		case float64:
			r.floats[i] = append(r.floats[i], v)
		case bool:
			r.truths[i] = append(r.truths[i], v)
		default:
			panic(fmt.Sprintf("a column of %T", v))
		}
	}
}

// args are the columns, after other arguments.
func (r *rows) args(before ...any) []any {
	for i := range r.width {
		switch {
		case r.texts[i] != nil:
			before = append(before, r.texts[i])
		case r.floats[i] != nil:
			before = append(before, r.floats[i])
		case r.truths[i] != nil:
			before = append(before, r.truths[i])
		default:
			before = append(before, r.whole[i])
		}
	}
	return before
}

// from is the table of the rows, with columns c0, c1 and so on, in their order; their arguments begin with number first.
func (r *rows) from(first int, types string) string {
	var args, names []string
	for i, kind := range strings.Fields(types) {
		args, names = append(args, "$"+strconv.Itoa(first+i)+"::"+kind+"[]"), append(names, "c"+strconv.Itoa(i))
	}
	return "unnest(" + strings.Join(args, ", ") + ") AS r (" + strings.Join(names, ", ") + ")"
}

// insert writes rows into a table whose first column is the workspace.
func (w *writer) insert(r *rows, into, types string) error {
	if r.n == 0 {
		return nil
	}
	return w.exec("INSERT INTO "+into+" SELECT $1, r.* FROM "+r.from(2, types), r.args(w.workspace)...)
}
