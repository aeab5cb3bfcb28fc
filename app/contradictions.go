package app

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"
)

// A Contradiction is a key to which notes give different values.
type Contradiction struct {
	Key    string    `json:"key"`
	Values []Claimed `json:"values"` // of all notes that give one of the same kind, by note
}

// Claimed is the value that one note gives.
type Claimed struct {
	ID     string `json:"id"`
	Line   int    `json:"line"`
	Value  string `json:"value"`
	normal string
}

var (
	numberValue  = regexp.MustCompile(`^([-+]?[0-9][0-9,_' ]*(?:\.[0-9]+)?)[ ]?(%|[\pL°µ€$/]{0,12})$`)
	versionValue = regexp.MustCompile(`^[vV]?[0-9]+(?:\.[0-9]+){2,}(?:[-+][0-9A-Za-z.-]+)?$|^[vV][0-9]+(?:\.[0-9]+)*(?:[-+][0-9A-Za-z.-]+)?$`)
)

// claim is the kind of a value and its normal form; ok is false for what is neither date, number nor version.
func claim(value string) (kind, normal string, ok bool) {
	if versionValue.MatchString(value) {
		return "version", strings.TrimLeft(value, "vV"), true
	}
	if day, ok := notes.Day(value); ok && strings.ContainsAny(value, "-/. ") {
		return "date", day, true
	}
	if m := numberValue.FindStringSubmatch(value); m != nil {
		digits := strings.NewReplacer(",", "", "_", "", "'", "", " ", "").Replace(m[1])
		if strings.Contains(digits, ".") {
			digits = strings.TrimRight(strings.TrimRight(digits, "0"), ".")
		}
		return "number", strings.TrimPrefix(digits, "+") + strings.ToLower(m[2]), true
	}
	return "", "", false
}

// Contradictions are the keys for which two notes give different dates, numbers or versions: not those about the note itself, nor those
// to which most of three or more notes give a value that no other has, which name something of each.
func (w *Workspace) Contradictions(ctx context.Context, st store.Store) ([]Contradiction, error) {
	all, err := st.List(ctx, "", "", 0)
	if err != nil {
		return nil, err
	}
	claims := map[[2]string][]Claimed{} // key and kind → values, by note
	for _, n := range all {
		if !notes.IsMarkdown(n.ID) || ctx.Err() != nil {
			continue
		}
		text, err := w.ReadNote(n.ID)
		if err != nil {
			continue // gone since it was indexed
		}
		head, _ := notes.ReadHead([]byte(text)) // what is wrong with it, coverage tells
		said := map[[2]string]bool{}
		for _, p := range notes.Pairs([]byte(text), head) {
			kind, normal, ok := claim(p.Value)
			key := [2]string{p.Key, kind}
			if !ok || said[key] || notes.OwnKey(p.Key) {
				continue
			}
			said[key] = true
			claims[key] = append(claims[key], Claimed{n.ID, p.Line, p.Value, normal})
		}
	}
	out := []Contradiction{}
	for key, values := range claims {
		if contradict(values) {
			out = append(out, Contradiction{key[0], values})
		}
	}
	slices.SortFunc(out, func(a, b Contradiction) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), strings.Compare(a.Values[0].Value, b.Values[0].Value))
	})
	return out, ctx.Err()
}

func contradict(values []Claimed) bool {
	holders := map[string]int{}
	for _, v := range values {
		holders[v.normal]++
	}
	own := 0
	for n := range maps.Values(holders) {
		if n == 1 {
			own++
		}
	}
	return len(holders) > 1 && (len(values) == 2 || 2*own <= len(values))
}
