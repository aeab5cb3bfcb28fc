package edit

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// A FileChange is what becomes of one file. Paths have slashes and start at the workspace.
type FileChange struct {
	From, To      string // the same but for a move; From is "" for a file that is made
	Before, After []byte
}

// Diff returns changes as a unified diff that `git apply` and `patch -p1` accept, in the order given; nil where nothing changes.
// above is where the workspace lies below the top of its repository ("" for the top itself): git takes the paths of a diff of
// its own form from there, wherever it is run.
//
// A binary file, which has NUL bytes, has to be told apart by the caller: lines are all that a diff knows.
func Diff(above string, changes []FileChange) []byte {
	var out bytes.Buffer
	for _, c := range changes {
		c.write(&out, above)
	}
	return out.Bytes()
}

func (c FileChange) write(out *bytes.Buffer, above string) {
	from, to := path.Join(above, c.From), path.Join(above, c.To)
	hunks := diff.Diff("a", c.Before, "b", c.After)
	created := c.From == ""
	if created {
		from = to
	}
	if !created && from == to && hunks == nil {
		return
	}
	fmt.Fprintf(out, "diff --git %s %s\n", quoted("a/"+from), quoted("b/"+to))
	switch {
	case created:
		out.WriteString("new file mode 100644\n")
	case from != to && hunks == nil:
		fmt.Fprintf(out, "similarity index 100%%\nrename from %s\nrename to %s\n", quoted(from), quoted(to))
	case from != to:
		fmt.Fprintf(out, "rename from %s\nrename to %s\n", quoted(from), quoted(to))
	}
	if hunks == nil {
		return
	}
	old := named("a/" + from)
	if created {
		old = "/dev/null"
	}
	fmt.Fprintf(out, "--- %s\n+++ %s\n", old, named("b/"+to))
	out.Write(hunks[bytes.Index(hunks, []byte("\n@@"))+1:])
}

// named is a path on a line that may hold a time too: a tab ends one with spaces in it, as git writes it.
func named(name string) string {
	if q := quoted(name); q != name || !strings.Contains(name, " ") {
		return q
	}
	return name + "\t"
}

// quoted puts a path that would end its line, or read as quoted, between quotes, as git does.
func quoted(name string) string {
	plain := func(c byte) bool { return c >= ' ' && c != 0x7f && c != '"' && c != '\\' }
	var b strings.Builder
	changed := false
	for i := range len(name) {
		switch c := name[i]; {
		case plain(c):
			b.WriteByte(c)
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
			changed = true
		default:
			fmt.Fprintf(&b, `\%03o`, c)
			changed = true
		}
	}
	if !changed {
		return name
	}
	return `"` + b.String() + `"`
}
