package postgres

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// PostgreSQL's texts hold no NUL and nothing but UTF-8, while a file's name or a note may. Such bytes are kept as characters that nobody
// uses, escaped + the byte, in the last private plane of Unicode, and so are the bytes of those characters themselves: nothing is lost,
// and texts without them, which is almost all, are kept as they are. Order and beginnings stay what they are by bytes, but for those.
const escaped = 0x10F800

// mark begins every escaped character in UTF-8.
const mark = "\xf4\x8f"

func isEscaped(r rune) bool { return r >= escaped && r <= escaped+0xff }

// encode is a text as PostgreSQL takes it.
func encode(text string) string {
	if utf8.ValidString(text) && !strings.Contains(text, "\x00") && !strings.Contains(text, mark) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == 0 || r == utf8.RuneError && size == 1 || isEscaped(r) {
			for _, c := range []byte(text[i : i+size]) {
				b.WriteRune(escaped + rune(c))
			}
		} else {
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// decode is the text that encode was given.
func decode(text string) string {
	if !strings.Contains(text, mark) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if isEscaped(r) {
			b.WriteByte(byte(r - escaped))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func encodeAll(args []any) []any {
	for i, arg := range args {
		switch text := arg.(type) {
		case string:
			args[i] = encode(text)
		case []string:
			if text == nil {
				continue // it is NULL
			}
			list := make([]string, len(text))
			for j, one := range text {
				list[j] = encode(one)
			}
			args[i] = list
		}
	}
	return args
}

func decodeAll(dest []any) {
	for _, d := range dest {
		switch text := d.(type) {
		case *string:
			*text = decode(*text)
		case *[]string:
			for j, one := range *text {
				(*text)[j] = decode(one)
			}
			if len(*text) == 0 {
				*text = nil
			}
		}
	}
}

// textTx is the same for one transaction.
type textTx struct{ pgx.Tx }

// Query implements querier.
func (t textTx) Query(ctx context.Context, query string, args ...any) (pgx.Rows, error) {
	rows, err := t.Tx.Query(ctx, query, encodeAll(args)...)
	return textRows{rows}, err
}

// QueryRow asks for one row.
func (t textTx) QueryRow(ctx context.Context, query string, args ...any) pgx.Row {
	return textRow{t.Tx.QueryRow(ctx, query, encodeAll(args)...)}
}

// Exec runs a statement.
func (t textTx) Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error) {
	return t.Tx.Exec(ctx, query, encodeAll(args)...)
}

type textRows struct{ pgx.Rows }

func (r textRows) Scan(dest ...any) error {
	err := r.Rows.Scan(dest...)
	decodeAll(dest)
	return err
}

type textRow struct{ pgx.Row }

func (r textRow) Scan(dest ...any) error {
	err := r.Row.Scan(dest...)
	decodeAll(dest)
	return err
}
