package notes

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// unreadablePrivate finds the mark in front matter that cannot be read: there a slip must not publish a note.
var unreadablePrivate = regexp.MustCompile(`(?im)^[ \t>{"'-]*private["']?[ \t]*(?::{1,2}|=)[ \t]*["']?(?:true|yes|on|y|1)\b`)

// IsPrivate tells whether the front matter of a note, or its page properties, say `private: true`. Any value but false, no, off, 0,
// null and none at all says so. A tag says nothing of it, and neither do `draft` and `publish`, which speak of a web site.
func IsPrivate(note []byte) bool {
	head, err := ReadHead(note)
	for _, f := range head.fields {
		if plainKey(f.name) == "private" && slices.ContainsFunc(f.values, func(v Value) bool { return !isOff(v.Text) }) {
			return true
		}
	}
	return err != nil && unreadablePrivate.Match(note[:min(len(note), maxHead)])
}

func isOff(text string) bool {
	return slices.Contains([]string{"", "false", "no", "off", "n", "0", "null", "~"}, strings.ToLower(strings.TrimSpace(text)))
}

// CheckPrivatePattern refuses a pattern of private notes that is more than one, or that takes back what another one says.
func CheckPrivatePattern(pattern string) error {
	switch {
	case strings.TrimSpace(pattern) == "":
		return fmt.Errorf("a pattern is empty")
	case strings.ContainsAny(pattern, "\r\n\x00"):
		return fmt.Errorf("%q is more than one line", pattern)
	case strings.HasPrefix(pattern, "!"):
		return fmt.Errorf("%q would make less private; a pattern only adds", pattern)
	case strings.HasPrefix(pattern, "#"):
		return fmt.Errorf("%q is a comment; begin with \\# for a name that begins so", pattern)
	}
	return nil
}
