package sqlite

import "strings"

// rowsAtOnce is how many rows one statement inserts: what a statement costs beside its rows is soon less than the rows.
const rowsAtOnce = 32

// A bulk inserts rows into one table, many by one statement.
type bulk struct {
	w    *writer
	into string // INSERT INTO t (a, b)
	row  string // (?, ?)
	args []any
	rows int
}

// bulk begins to insert; row is the list of values of one row.
func (w *writer) bulk(into, row string) *bulk { return &bulk{w: w, into: into, row: row} }

// add takes one row.
func (b *bulk) add(args ...any) error {
	b.args = append(b.args, args...)
	if b.rows++; b.rows < rowsAtOnce {
		return nil
	}
	return b.flush()
}

// flush inserts what is waiting, in powers of two, so that few statements have to be parsed.
func (b *bulk) flush() error {
	args, size := b.args, 0
	if b.rows > 0 {
		size = len(args) / b.rows
	}
	for n := rowsAtOnce; n > 0; n /= 2 {
		for ; b.rows >= n; b.rows -= n {
			if err := b.w.exec(b.into+" VALUES "+b.row+strings.Repeat(", "+b.row, n-1), args[:n*size]...); err != nil {
				return err
			}
			args = args[n*size:]
		}
	}
	clear(b.args)
	b.args = b.args[:0]
	return nil
}
