package notes

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var tableRow = regexp.MustCompile("(?m)^\\| ([^|`-][^|`]*) \\| `([^`]+)` \\| (.+) \\|$")

// TestDocumentedFrontMatter reads what each row of the page says is written, and says what the row says is read.
func TestDocumentedFrontMatter(t *testing.T) {
	page, err := os.ReadFile("../docs/front-matter.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := tableRow.FindAllStringSubmatch(string(page), -1)
	if lines := strings.Count(string(page), "\n| "); len(rows) != lines-2 {
		t.Fatalf("%d rows can be read of %d", len(rows), lines-2)
	}
	for _, row := range rows {
		note := []byte(strings.ReplaceAll(row[2], "⏎", "\n") + "\n")
		h, _ := ReadHead(note)
		if d := cmp.Diff(row[3], documented(h.ReadInline(note))); d != "" {
			t.Errorf("%s: %s: %s", row[1], row[2], d)
		}
	}
}

// documented is what a head says, as the page has it.
func documented(h Head) string {
	said := h.said()
	var parts []string
	for _, part := range [][2]string{
		{"title", said.Title}, {"tags", strings.Join(said.Tags, " ")}, {"aliases", strings.Join(said.Aliases, ", ")}, {"date", said.Date}, {"description", h.Description()},
	} {
		if part[1] != "" {
			parts = append(parts, part[0]+": "+part[1])
		}
	}
	return strings.Join(parts, "; ")
}
