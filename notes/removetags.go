package notes

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// An Untagged is a note after RemoveTags.
type Untagged struct {
	Text    []byte
	Removed []string // normal forms, in the order of the text, each once
	Places  []string // where they stood, each once: "front matter", "page properties", "field", "comment"
}

// RemoveTags takes tags, however spelled, out of every place that holds nothing but tags: the lists and values of the front matter
// (tags, keywords, categories), properties and fields "tags:: a, b", comments <!-- tags: a, b -->. A list that loses its last tag stays,
// empty. No other byte changes. Words of the text, "#tag" among them, are not touched, nor is "sea/tides" where "sea" goes.
//
// It returns ErrShape, having changed nothing, where a tag stands in a way that it does not understand well enough: after each removal
// the note is read again, and must say all that it said but that.
func RemoveTags(note []byte, tags []string) (Untagged, error) {
	wanted, err := SpellTags(tags)
	if err != nil {
		return Untagged{}, err
	}
	if IsUTF16(note) {
		return Untagged{}, refuse("UTF-16 text: convert it to UTF-8")
	}
	text, _ := Clean(note)
	r := tagRemover{file: note, text: text, wanted: map[string]bool{}}
	for _, tag := range wanted {
		normal, _ := Tag(tag)
		r.wanted[normal] = true
	}
	if err := r.run(); err != nil {
		return Untagged{}, err
	}
	return Untagged{Text: r.file, Removed: r.removed, Places: r.places}, nil
}

type tagRemover struct {
	file, text      []byte // text is the file, cleaned, byte for byte
	wanted          map[string]bool
	removed, places []string
}

// errNone ends the run: no tag is left to remove.
var errNone = errors.New("no such tag")

// run reads the whole note again for each tag, of which it takes as many as a note may have.
func (r *tagRemover) run() error {
	for range maxNames {
		switch err := r.step(); {
		case errors.Is(err, errNone):
			return nil
		case err != nil:
			return err
		}
	}
	return refuse("the tags stand more than %d times in the note", maxNames)
}

// step takes out the first tag that is left.
func (r *tagRemover) step() error {
	h, err := ReadHead(r.text)
	if err != nil {
		return refuse("%w", err)
	}
	h = h.ReadInline(r.text)
	for _, f := range h.fields {
		if !isTagKey(f.name) {
			continue
		}
		for _, w := range f.words(f.splitsAtSpaces()) {
			if tag, ok := Tag(w.Text); ok && r.wanted[tag] {
				return r.fromHead(h, f, w, tag)
			}
		}
	}
	return r.fromComment(h)
}

// done makes changes, the last one of the text first.
func (r *tagRemover) done(changes []change, tag, place string) {
	r.file, r.text = spliceAll(r.file, changes), spliceAll(r.text, changes)
	if !slices.Contains(r.removed, tag) {
		r.removed = append(r.removed, tag)
	}
	if !slices.Contains(r.places, place) {
		r.places = append(r.places, place)
	}
}

func spliceAll(text []byte, changes []change) []byte {
	for _, c := range changes {
		text = splice(text, c.from, c.to, c.put)
	}
	return text
}

func (r *tagRemover) fromHead(h Head, f field, w Value, tag string) error {
	for twice, at := range h.twice(r.text) {
		if isTagKey(twice.name) {
			return refuse("the key %q stands on lines %d and %d", twice.name, lineOf(r.text, at), lineOf(r.text, twice.at))
		}
	}
	changes, err := h.cut(r.text, f, w)
	if err != nil {
		return err
	}
	changed := spliceAll(r.text, changes)
	after, err := ReadHead(changed)
	if err != nil || !h.saysWithout(after.ReadInline(changed), r.text, changed, tag) {
		return refuse("the tags on line %d are written in a way that is not understood well enough", lineOf(r.text, w.At))
	}
	place := "field"
	if f.at < h.to {
		place = h.Format.place()
	}
	r.done(changes, tag, place)
	return nil
}

// saysWithout tells whether a changed note says what h does, but for one tag.
func (h Head) saysWithout(after Head, note, changed []byte, tag string) bool {
	if grew := after.End - h.End; after.Format != h.Format || grew != 0 && h.Format != Properties && grew != len(changed)-len(note) {
		return false
	}
	was, is := h.Tags(), after.Tags()
	i := slices.IndexFunc(was, func(v Value) bool { return v.Text == tag })
	texts := func(all []Value) (out []string) {
		for _, v := range all {
			out = append(out, v.Text)
		}
		return out
	}
	if i < 0 || !slices.Equal(texts(slices.Delete(slices.Clone(was), i, i+1)), texts(is)) {
		return false
	}
	rest := func(all []field) []field {
		return slices.DeleteFunc(slices.Clone(all), func(f field) bool { return isTagKey(f.name) || f.name == "taxonomies" })
	}
	if !slices.EqualFunc(rest(h.fields), rest(after.fields), field.says) {
		return false
	}
	a, errA := h.decode(note)
	b, errB := after.decode(changed)
	return errA == nil && errB == nil && equalButTags(a, b)
}

// cut finds what gives way to nothing, or to an empty list, so that one tag of a field is gone. The last change comes first.
func (h Head) cut(note []byte, f field, w Value) ([]change, error) {
	i := slices.IndexFunc(f.values, func(v Value) bool { return v.At <= w.At && w.At <= v.At+len(v.Text) })
	if i < 0 {
		return nil, refuse("line %d: the tag is not where it seems to be", lineOf(note, w.At))
	}
	v := f.values[i]
	from, to, ok := h.written(note, f, v)
	if !ok {
		return nil, refuse("line %d: the tags are written with escapes, or on several lines", lineOf(note, v.At))
	}
	alone := strings.TrimFunc(v.Text, isBlank) == strings.TrimFunc(w.Text, isBlank)
	inner := from + w.At - v.At
	switch {
	case !alone:
		if note[from] == '"' || note[from] == '\'' {
			if !f.property {
				from, to, inner = from+1, to-1, inner+1
			}
		}
		if inner+len(w.Text) > to || string(note[inner:inner+len(w.Text)]) != w.Text {
			return nil, refuse("line %d: the tags are written with escapes", lineOf(note, v.At))
		}
		return []change{cutItem(note, inner, inner+len(w.Text), from, to)}, nil
	case f.property:
		return []change{cutProperty(note, f, to)}, nil
	case !f.list:
		return []change{{from, to, "[]"}}, nil
	case f.node != nil && f.node.Kind == yaml.SequenceNode && f.node.Style&yaml.FlowStyle == 0:
		return h.cutLine(note, f, from)
	}
	open := f.value + bytes.IndexByte(note[f.value:h.to], '[')
	if open < f.value || open > from {
		return nil, refuse("line %d: the tags are no list in brackets", lineOf(note, f.at))
	}
	return []change{cutItem(note, from, to, open+1, h.to)}, nil
}

// written is where a value stands, with its quotes; ok is false where it is written otherwise than it reads.
func (h Head) written(note []byte, f field, v Value) (from, to int, ok bool) {
	if !f.property && v.At < h.to && isQuote(note[v.At]) {
		to = quoteEnd(note[:h.to], v.At) + 1
		return v.At, to, to-1 > v.At && string(note[v.At+1:to-1]) == v.Text
	}
	to = v.At + len(v.Text)
	return v.At, to, to <= len(note) && string(note[v.At:to]) == v.Text
}

// cutItem takes out an item between from and to, with the comma on one side of it, or else with the blank. The list lies between lo and hi.
func cutItem(note []byte, from, to, lo, hi int) change {
	left := lo + len(bytes.TrimRight(note[lo:from], " \t\r\n"))
	right := hi - len(bytes.TrimLeft(note[to:hi], " \t\r\n"))
	isSeparator := func(at int) bool {
		return lo <= at && at < hi && strings.IndexByte(separators, note[at]) >= 0
	}
	switch {
	case isSeparator(left - 1):
		return change{from: left - 1, to: to}
	case isSeparator(right):
		return change{from: from, to: hi - len(bytes.TrimLeft(note[right+1:hi], " \t\r\n"))}
	case left > lo:
		return change{from: left, to: to}
	case right < hi && note[right] != ']':
		return change{from: from, to: right}
	}
	return change{from: from, to: to}
}

// cutProperty takes out the only tag of "tags:: a", or all of "[tags:: a]" in a line.
func cutProperty(note []byte, f field, to int) change {
	if f.at > 0 && (note[f.at-1] == '[' || note[f.at-1] == '(') && to < len(note) && (note[to] == ']' || note[to] == ')') {
		from, to := f.at-1, to+1
		switch {
		case from > 0 && note[from-1] == ' ':
			from--
		case to < len(note) && note[to] == ' ':
			to++
		}
		return change{from: from, to: to}
	}
	return change{from: f.value, to: to}
}

// cutLine takes out the lines of an item with a dash, the only one of which leaves an empty list.
func (h Head) cutLine(note []byte, f field, at int) ([]change, error) {
	start := bytes.LastIndexByte(note[:at], '\n') + 1
	dash := bytes.IndexByte(note[start:at], '-')
	if dash < 0 || len(bytes.Trim(note[start:at], " -")) > 0 || bytes.Count(note[start:at], []byte("-")) > 1 {
		return nil, refuse("line %d: the tag has no line of its own", lineOf(note, at))
	}
	changes := []change{{from: start, to: h.itemEnd(note, at, dash)}}
	if len(f.node.Content) == 1 {
		colon := f.at + bytes.IndexByte(note[f.at:start], ':')
		if colon < f.at {
			return nil, refuse("line %d: the tags have no key of their own", lineOf(note, at))
		}
		changes = append(changes, change{colon + 1, colon + 1, " []"})
	}
	return changes, nil
}

// anyTagsComment is a comment of tags on one line.
var anyTagsComment = regexp.MustCompile(`<!--\s*tags:.*?-->`)

// fromComment takes a tag out of the first comment on a line of the text that holds one of them.
func (r *tagRemover) fromComment(h Head) error {
	for at, line := range outsideFences(r.text, h.End) {
		for _, m := range anyTagsComment.FindAllIndex(line, -1) {
			if bytes.Count(line[:m[0]], []byte("`"))%2 == 1 {
				continue // shown in code
			}
			comment := line[m[0]:m[1]]
			if c, tag, ok := r.inComment(comment); ok {
				c.from, c.to = c.from+at+m[0], c.to+at+m[0]
				r.done([]change{c}, tag, "comment")
				return nil
			}
		}
	}
	return errNone
}

// inComment finds the first of the tags in a comment, as CommentMarks reads it.
func (r *tagRemover) inComment(comment []byte) (c change, tag string, ok bool) {
	lo, hi := len(tagsComment.Find(comment)), len(comment)-len("-->")
	for from := lo; from < hi; {
		n := bytes.IndexAny(comment[from:hi], ",;[]")
		to := from + n
		if n < 0 {
			to = hi
		}
		part := bytes.TrimSpace(comment[from:to])
		if marks := CommentMarks(slices.Concat(comment[:lo], part, []byte("-->"))); len(marks) == 1 && marks[0].Relation == "" {
			if tag, _ = Tag(marks[0].Text); r.wanted[tag] {
				start := from + bytes.Index(comment[from:to], part)
				end := start + len(part)
				if start > lo && comment[start-1] == '[' && end < hi && comment[end] == ']' {
					start, end = start-1, end+1
				}
				c = cutItem(comment, start, end, lo, hi)
				if c.from > lo && c.from < hi && isSpace(comment[c.from-1]) && c.to < hi && isSpace(comment[c.to]) {
					c.to++
				}
				return c, tag, true
			}
		}
		from = to + 1
	}
	return c, "", false
}
