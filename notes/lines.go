package notes

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

// readLines reads front matter line by line, as people mean it, where its own language refuses it: "title: Tides: a survey", tabs,
// a bracket or a quote that nothing closes.
func readLines(format Format, note []byte, from, to int) []field {
	r := lineReader{format: format, current: -1, indent: -1}
	for line := range bytes.Lines(note[from:to]) {
		text := string(bytes.TrimRight(line, "\r\n")) // made readable value by value, so that positions stay those of the note
		rest := strings.TrimLeftFunc(text, isBlank)
		r.line(rest, from, len(text)-len(rest))
		from += len(line)
	}
	return r.fields
}

type lineReader struct {
	fieldList
	format  Format
	current int    // the field that lines below may go on with, -1 before the first
	top     int    // the last one that stands below no other
	indent  int    // of the first key, -1 before it
	open    bool   // the current list has a bracket that nothing has closed
	folded  bool   // the current value is text on the lines below: "|" or ">"
	table   string // of TOML, with a dot
}

// item is a dash before an item of a list; some editors make a longer one of it, some people leave out the space.
var item = regexp.MustCompile(`^[-–—](?:[\s\x{a0}]+|$)|^-(?:\pL|["'\[#])`)

// markdownLink begins a value that is a link, not a list.
var markdownLink = regexp.MustCompile(`^\[[^\[\]]*\]\(`)

// line reads a line, which begins at the byte at, without its indentation.
func (r *lineReader) line(text string, at, indent int) {
	if r.format == JSON {
		text = strings.TrimLeft(strings.TrimSuffix(text, ","), "{}")
	}
	at += indent
	key := keyLine.MatchString(text)
	switch mark := item.MatchString(text); {
	case text == "" || strings.HasPrefix(text, "# ") || text == "#":
	case r.format == TOML && tableLine.MatchString(text):
		r.table, r.current = strings.Trim(tableName(text), `[]"' `)+".", -1
	case key && indent <= max(r.indent, 0), key && r.indent < 0:
		r.key(text, at, indent)
	case r.current < 0:
	case r.open:
		r.items(text, at)
	case mark && !r.folded && r.goesOn():
		_, dash := utf8.DecodeRuneInString(text)
		r.fields[r.current].list = true
		r.value(text[dash:], at+dash)
	case key && !r.folded && len(r.fields[r.top].values) == 0:
		r.below(text, at)
	default:
		r.goOn(text, at)
	}
}

func tableName(line string) string {
	name, _, _ := strings.Cut(line, "#")
	return strings.TrimSpace(name)
}

// goesOn tells whether the current field may get items from the lines below it.
func (r *lineReader) goesOn() bool {
	f := r.fields[r.current]
	return f.list || len(f.values) == 0
}

// key reads "key: value" or "key = value".
func (r *lineReader) key(text string, at, indent int) {
	if r.indent < 0 {
		r.indent = indent
	}
	r.open, r.folded = false, false
	cut := strings.IndexAny(text, ":=")
	r.current = r.fieldList.open(field{name: r.table + strings.Trim(text[:cut], " \t\"'"), at: at, value: at + cut + 1})
	r.top = r.current
	r.value(text[cut+1:], at+cut+1)
}

// below reads a key that stands below another one.
func (r *lineReader) below(text string, at int) {
	cut := strings.IndexAny(text, ":=")
	name := r.fields[r.top].name + "." + strings.Trim(text[:cut], " \t\"'")
	r.current = r.fieldList.open(field{name: name, at: at, value: at + cut + 1})
	r.value(text[cut+1:], at+cut+1)
}

var (
	// nodeMarks are an anchor and a tag of YAML before a value.
	nodeMarks = regexp.MustCompile(`^(?:[&!][^\s\[\]]*\s+)+`)
	// foldMark begins text on the lines below.
	foldMark = regexp.MustCompile(`^[|>][-+0-9]{0,2}$`)
)

// value reads what stands behind a key or a dash.
func (r *lineReader) value(text string, at int) {
	whole := text
	text = strings.TrimFunc(nodeMarks.ReplaceAllString(strings.TrimFunc(text, isBlank), ""), isBlank)
	at += max(0, strings.Index(whole, text))
	switch {
	case text == "" || text == "null" || text == "~":
	case foldMark.MatchString(text):
		r.folded = true
	case strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "[[") && !markdownLink.MatchString(text):
		r.fields[r.current].list, r.open = true, true
		r.items(text[1:], at+1)
	case strings.HasPrefix(text, "- "):
		r.fields[r.current].list = true
		for part := range strings.SplitSeq(text[1:], " - ") {
			r.scalar(part, at)
		}
	default:
		r.scalar(text, at)
	}
}

// items reads items of a list in brackets, up to the bracket that closes it or the end of the line.
func (r *lineReader) items(text string, at int) {
	for from := 0; from < len(text); {
		end := from + itemEnd(text[from:])
		r.scalar(text[from:end], at+from)
		if end < len(text) && text[end] == ']' {
			r.open = false
			return
		}
		from = end + 1
	}
}

// itemEnd is where an item ends: before a comma or a bracket that stand in no quotes and no wikilink.
func itemEnd(text string) int {
	start := len(text) - len(strings.TrimLeft(text, " \t"))
	if start < len(text) && isQuote(text[start]) {
		if n := strings.IndexByte(text[start+1:], text[start]); n >= 0 {
			start += n + 2
		}
	} else if strings.HasPrefix(text[start:], "[[") {
		start += max(0, strings.Index(text[start:], "]]")+1)
	}
	if n := strings.IndexAny(text[start:], ",]"); n >= 0 {
		return start + n
	}
	return len(text)
}

// scalar adds a value without its quotes and without a comment behind it.
func (r *lineReader) scalar(text string, at int) {
	value := strings.TrimFunc(text, isBlank)
	if value != "" && isQuote(value[0]) {
		if n := strings.IndexByte(value[1:], value[0]); n >= 0 {
			value = value[:n+1]
		}
		value = strings.Trim(value, `"'`)
	} else if n := strings.Index(value, " # "); n >= 0 {
		value = strings.TrimFunc(value[:n], isBlank)
	}
	if value != "" && !strings.HasPrefix(value, "# ") {
		r.add(r.current, Readable([]byte(value)), at+max(0, strings.Index(text, value)))
	}
}

// goOn joins a line to the text that the lines above began.
func (r *lineReader) goOn(text string, at int) {
	f := &r.fields[r.current]
	switch {
	case len(f.values) == 0:
		r.scalar(text, at)
	case !f.list && len(f.values[0].Text) < maxText:
		f.values[0].Text += " " + Readable([]byte(strings.Trim(text, `"'`)))
	}
}
