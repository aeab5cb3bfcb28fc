package edit

import (
	"bytes"
	"strconv"
)

// A relatedList finds where an item of the section of related notes goes: behind the last one and all that belongs to it.
type relatedList struct {
	found          bool
	at             int    // where the new item begins
	before         string // a line that parts it from a heading
	inside, blank  bool   // the section; a blank line since the item
	indent, blanks string // around the mark of the items that are indented least
	mark           string // of the last of those
	again          bool   // the mark before that was the same: "1." on every line
	above          []byte // the line above
	was            int    // at before that line
}

// line takes the next line outside of code, and where the one behind it begins.
func (l *relatedList) line(line []byte, end int, eol string) {
	item, above, was, at := listItem.FindSubmatch(line), l.above, l.was, l.at
	defer func() { l.above, l.was = line, at }()
	switch {
	case relatedHeading.Match(line) || underline.Match(line) && relatedTitle.Match(above):
		*l = relatedList{found: true, inside: true, at: end, before: eol}
	case l.inside && underline.Match(line) && len(bytes.TrimSpace(above)) > 0: // what stands above it is the next heading, or this is a rule
		l.inside = false
		if l.mark == "" {
			l.at = was
		}
	case anyHeading.Match(line) || isRule(line):
		l.inside = false
	case !l.inside:
	case item != nil:
		l.at, l.before, l.blank = end, "", false
		if l.mark == "" || len(item[1]) <= len(l.indent) {
			l.indent, l.blanks, l.again = string(item[1]), string(item[3]), l.mark == string(item[2])
			l.mark = string(item[2])
		}
	case len(bytes.TrimSpace(line)) == 0:
		l.blank = true
	case l.mark == "": // prose, which the list comes after
		l.at = end
	case !l.blank || line[0] == ' ' || line[0] == '\t':
		l.at = end // the item goes on
	}
}

// isRule tells whether a line is a rule across the page, "---" or "* * *".
func isRule(line []byte) bool {
	marks := bytes.Join(bytes.Fields(line), nil)
	return len(marks) >= 3 && bytes.IndexByte([]byte("-*_"), marks[0]) >= 0 && len(bytes.Trim(marks, string(marks[:1]))) == 0
}

// marker is what the new item begins with.
func (l *relatedList) marker() string {
	switch n, err := strconv.Atoi(l.mark[:max(len(l.mark)-1, 0)]); {
	case l.mark == "":
		return "- "
	case err == nil && !l.again:
		return l.indent + strconv.Itoa(n+1) + l.mark[len(l.mark)-1:] + l.blanks
	}
	return l.indent + l.mark + l.blanks
}
