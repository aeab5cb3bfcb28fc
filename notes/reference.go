package notes

import (
	"fmt"
	"regexp"
	"strconv"
)

// Lines are the lines of a note from First to Last, counted from 1, both included. The zero value is all.
type Lines struct{ First, Last int }

// A LinesError reports a text that is no range of lines.
type LinesError string

func (e LinesError) Error() string {
	return fmt.Sprintf("lines are A-B, counted from 1, not %q", string(e))
}

var lineRange = regexp.MustCompile(`^([0-9]{1,9})(?:-([0-9]{1,9}))?$`)

// ParseLines reads "10-24", or "10" for one line. It returns a LinesError for anything else.
func ParseLines(s string) (l Lines, err error) {
	m := lineRange.FindStringSubmatch(s)
	if m == nil {
		return l, LinesError(s)
	}
	l.First, _ = strconv.Atoi(m[1]) // at most nine digits
	l.Last = l.First
	if m[2] != "" {
		l.Last, _ = strconv.Atoi(m[2])
	}
	if l.First < 1 || l.Last < l.First {
		return Lines{}, LinesError(s)
	}
	return l, nil
}

var placeEnd = regexp.MustCompile(`^(.+):([0-9]+(?:-[0-9]+)?)$`)

// CutLines splits "docs/auth.md:10-24" into the reference and its range; ok is false where there is none.
func CutLines(place string) (ref, lines string, ok bool) {
	m := placeEnd.FindStringSubmatch(place)
	if m == nil {
		return place, "", false
	}
	return m[1], m[2], true
}
