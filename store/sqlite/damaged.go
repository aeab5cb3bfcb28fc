package sqlite

import (
	"errors"
	"os"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"amalfa/store"
)

// DamagedEnd is the end of the name of the file beside an index in which a process that met damage says so: the index's stamp on the
// first line, and what is wrong on the second. Damage may lie where only a rare question looks; without the file, whoever brings the
// index up to date next would not know of it.
const DamagedEnd = ".damaged"

// noteDamage leaves that file, once for this handle. Where it cannot be written the error has been told all the same.
func (s *Store) noteDamage(err error) {
	if s.stamp == "" || !s.damaged.CompareAndSwap(false, true) {
		return
	}
	text := s.stamp + "\n" + strings.ReplaceAll(DamageOf(err), "\n", " ") + "\n"
	_ = os.WriteFile(s.path+DamagedEnd, []byte(text), 0o600) // half of it names no stamp, and so nothing
}

// certain tells whether an error can only come of damage. That a statement fails may also mean that a later version of the program
// changed the layout meanwhile.
func certain(err error) bool {
	var e *sqlite.Error
	return errors.Is(err, store.ErrCorrupt) && (!errors.As(err, &e) || e.Code()&0xff != sqlite3.SQLITE_ERROR)
}

// DamageOf is what an ErrCorrupt says of the damage, without the path.
func DamageOf(err error) string {
	_, what, _ := strings.Cut(err.Error(), store.ErrCorrupt.Error()+": ")
	if what == "" {
		what = "it cannot be read"
	}
	return what
}

// Damage says what a process found wrong with this very index, "" for nothing.
func (s *Store) Damage() string {
	data, err := os.ReadFile(s.path + DamagedEnd)
	if err != nil {
		return ""
	}
	stamp, what, _ := strings.Cut(strings.TrimSpace(string(data)), "\n")
	if stamp != s.stamp {
		return "" // of one that lay here before
	}
	return what
}
