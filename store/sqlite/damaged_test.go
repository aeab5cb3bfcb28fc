package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/store/text"
)

// Damage that a question meets is noted for the index that has it, and for no other; what may be another's layout is not.
func TestDamageIsNoted(t *testing.T) {
	ctx := context.Background()
	data, _ := whole(t)
	for script, noted := range map[string]bool{"": false, "DELETE FROM pages": true, "DROP TABLE segments": false} {
		path := filepath.Join(t.TempDir(), "amalfa.db")
		check(t, os.WriteFile(path, data, 0o600))
		if script != "" {
			execute(t, path, script)
		}
		s := open(t, path, Options{ReadOnly: true})
		_, err := s.Keyword(ctx, text.Term("tide"), 10)
		if got := s.Damage(); (got != "") != noted || strings.Contains(got, path) {
			t.Errorf("%q: noted %q after %v", script, got, err)
		}
		if !noted {
			continue
		}
		other := fresh(t)
		check(t, os.Rename(path+DamagedEnd, other.Path()+DamagedEnd))
		if got := other.Damage(); got != "" {
			t.Errorf("another index is said to be damaged: %q", got)
		}
	}
}

// A check notes whatever is wrong.
func TestCheckNotesDamage(t *testing.T) {
	data, _ := whole(t)
	path := filepath.Join(t.TempDir(), "amalfa.db")
	check(t, os.WriteFile(path, data, 0o600))
	execute(t, path, "DROP TABLE segments")
	s := open(t, path, Options{ReadOnly: true})
	if err := s.Check(context.Background()); err == nil || s.Damage() == "" {
		t.Errorf("check: %v, noted %q", err, s.Damage())
	}
}
