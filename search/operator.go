package search

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"amalfa/store"
)

// almostFilter is a word that may have been meant as a filter, whatever stands around it.
var almostFilter = regexp.MustCompile(`^[-‐‑–—−(\[{+!^@]*([A-Za-z]{2,})[:：](.*)$`)

// What stands behind the colon of a filter that other programs have, and of any: "::", "//", a port and a backslash are of other
// notations.
var (
	ownNotation   = regexp.MustCompile(`^[^:/\\]`)
	letterOrQuote = regexp.MustCompile(`^[\pL"“„«]`)
)

// foreignFilters are names that other programs give to filters, with the nearest of ours.
var foreignFilters = map[string]store.By{
	"file": store.ByPath, "filename": store.ByPath, "folder": store.ByPath, "dir": store.ByPath, "in": store.ByPath, "paths": store.ByPath,
	"tags": store.ByTag, "label": store.ByTag, "labels": store.ByTag, "topic": store.ByTag,
	"ext": store.ByType, "extension": store.ByType, "filetype": store.ByType, "kind": store.ByType, "lang": store.ByType, "language": store.ByType,
	"since": store.ByAfter, "from": store.ByAfter, "newer": store.ByAfter, "date": store.ByAfter, "created": store.ByAfter, "modified": store.ByAfter,
	"until": store.ByBefore, "older": store.ByBefore,
	"links": store.ByLink, "linked": store.ByLink, "backlink": store.ByLink, "backlinks": store.ByLink,
	"author": "", "title": "", "is": "", "has": "", "name": "", "id": "", "section": "", "line": "", "block": "", "task": "", "property": "",
}

// unknownFilter says what to tell of a word that looks like a filter and is none; "" when there is nothing to say.
func unknownFilter(word string) string {
	m := almostFilter.FindStringSubmatch(word)
	if m == nil {
		return ""
	}
	name, value := m[1], m[2]
	near, foreign := foreignFilters[strings.ToLower(name)]
	switch {
	case slices.Contains(filterNames, store.By(strings.ToLower(name))):
		return fmt.Sprintf("%q was looked for as words: a filter is its name, a colon and right behind it the value, as in path:docs/api", word)
	case foreign && ownNotation.MatchString(value), name == strings.ToLower(name) && letterOrQuote.MatchString(value):
		return fmt.Sprintf("%s: is no filter, so %q was looked for as words; there %s", name, word, nearFilter(near))
	}
	return ""
}

// nearFilter says what there is in place of a filter: the nearest, or all.
func nearFilter(near store.By) string {
	if near != "" {
		return "is " + string(near) + ":"
	}
	names := make([]string, len(filterNames))
	for i, n := range filterNames {
		names[i] = string(n) + ":"
	}
	return "are " + strings.Join(names, " ")
}
