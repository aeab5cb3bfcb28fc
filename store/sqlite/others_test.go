package sqlite

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

// An export of the version before, where an edge was a path or a name.
func TestImportOfVersion1(t *testing.T) {
	s := fresh(t)
	const lines = `{"amalfa":1}
{"note":{"id":"a/a.md","hash":"h"},"edges":[{"target":"b.md","type":"LINKS_TO","path":true},{"target":"b","type":"CITES","line":1}],"file":{"id":"a/a.md","state":"indexed"}}
{"note":{"id":"a/b.md","hash":"h"},"file":{"id":"a/b.md","state":"indexed"}}
`
	if err := importInto(t.Context(), s, strings.NewReader(lines)); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a/a.md ?> b.md", "a/a.md -> a/b.md"}, targets(t, s, "a/a.md", store.Out)); d != "" {
		t.Error(d)
	}
	apply(t, s, store.Batch{Others: []store.Other{{ID: "b.md", Linked: true}}})
	var out bytes.Buffer
	again := fresh(t)
	if err := s.Export(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if err := importInto(t.Context(), again, &out); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(targets(t, s, "a/a.md", store.Out), targets(t, again, "a/a.md", store.Out)); d != "" {
		t.Error(d)
	}
}
