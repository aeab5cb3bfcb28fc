package mcp

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"amalfa/store"
)

// maxRef is the longest reference to a note, in bytes; longer ones name no file.
const maxRef = 4096

const notePrefix = "amalfa://notes/"

var place = regexp.MustCompile(`^(.+):(\d{1,9})(?:-(\d{1,9}))?$`)

// resolve finds the one note that an agent means: an id, "id:first-last", a note's URI, a unique end of a path, a title, an
// alias. An existing id wins over a range. from and to are 0 without a range. What is found comes out of the index; nothing
// that the agent wrote is ever used as a path.
func resolve(ctx context.Context, st store.Store, ref string) (n store.Note, from, to int, err error) {
	if len(ref) > maxRef || strings.TrimSpace(ref) == "" || strings.ContainsRune(ref, 0) {
		return n, 0, 0, fmt.Errorf("an id has 1 to %d bytes and no NUL", maxRef)
	}
	if id := idOf(ref); id != "" {
		ref = id
	}
	if n, err = st.Get(ctx, ref); !errors.Is(err, store.ErrNotFound) {
		return n, 0, 0, err
	}
	name := ref
	if m := place.FindStringSubmatch(ref); m != nil {
		name = m[1]
		from, to = number(m[2]), number(m[3])
		to = max(from, to)
	}
	n, err = find(ctx, st, name)
	return n, from, to, err
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func find(ctx context.Context, st store.Store, name string) (store.Note, error) {
	notes, err := st.Find(ctx, name)
	if err != nil {
		return store.Note{}, err
	}
	switch len(notes) {
	case 1:
		return notes[0], nil
	case 0:
		return store.Note{}, withHint(fmt.Errorf("no note answers to %.200q", name), "use the id of a search result, or list_directory_structure")
	}
	var b strings.Builder
	for _, n := range notes[:min(10, len(notes))] {
		fmt.Fprintf(&b, "\n  %s", oneLine(n.ID))
	}
	return store.Note{}, withHint(fmt.Errorf("%.200q is ambiguous: %d notes answer to it%s", name, len(notes), b.String()), "use one of these ids")
}
