package site

import (
	"bytes"
	"crypto/rand"
	"strconv"
	"strings"

	"amalfa/ingest"
	"amalfa/notes"
)

// A draft is a note whose links were written anew: each leads to an address that only this draft knows, so that no text can pretend to be a link
// which was resolved.
type draft struct {
	note     Note
	scheme   string
	links    []link
	contents []Heading
	made     map[string]bool // addresses that links were given
}

// A link is where one leads: to a page, to a file that is none, or nowhere.
type link struct {
	href string // "" for none
	file bool
	name string // as it is written
}

func newDraft(n Note) *draft {
	return &draft{note: n, scheme: "x" + strings.ToLower(rand.Text()) + ":", made: map[string]bool{}}
}

// write returns the text with its links to the workspace replaced. Lines stay.
func (d *draft) write(all []ingest.Link, src []byte) []byte {
	var out bytes.Buffer
	done := 0
	for _, l := range all {
		from, to, put, ok := d.spell(l, src)
		if !ok || from < done || bytes.IndexByte(src[from:to], '\n') >= 0 {
			continue
		}
		out.Write(src[done:from])
		out.WriteString(put)
		done = to
	}
	out.Write(src[done:])
	return out.Bytes()
}

// spell says which bytes of the text a link's new spelling replaces.
func (d *draft) spell(l ingest.Link, src []byte) (from, to int, put string, ok bool) {
	if !l.Inside || l.To <= l.From {
		return 0, 0, "", false
	}
	switch l.Form {
	case ingest.Bare, ingest.Angle:
		return l.From, l.To, d.address(l), true
	case ingest.Attribute:
		return l.From, l.To, d.resolve(l).href, true
	case ingest.Wiki:
		return d.wiki(l, src)
	case ingest.Shortcode:
		return d.shortcode(l, src)
	}
	return 0, 0, "", false
}

func (d *draft) wiki(l ingest.Link, src []byte) (from, to int, put string, ok bool) {
	from, to = l.From-2, l.To+2
	if from < 0 || to > len(src) || string(src[from:l.From]) != "[[" || string(src[l.To:to]) != "]]" {
		return 0, 0, "", false
	}
	if from > 0 && src[from-1] == '!' { // its content stands in the other note
		from--
	}
	return from, to, "[" + literal(label(string(src[l.From:l.To]))) + "](" + d.address(l) + ")", true
}

// label is what a reader sees of [[note#heading|text]].
func label(inner string) string {
	name, shown, ok := strings.Cut(inner, "|")
	if ok && strings.TrimSpace(shown) != "" {
		return strings.TrimSpace(shown)
	}
	return strings.TrimSpace(strings.TrimSuffix(name, `\`))
}

func (d *draft) shortcode(l ingest.Link, src []byte) (from, to int, put string, ok bool) {
	from = bytes.LastIndex(src[:l.From], []byte("{{"))
	end := bytes.Index(src[l.To:], []byte("}}"))
	if from < 0 || end < 0 || l.From-from > 64 || end > 64 {
		return 0, 0, "", false
	}
	return from, l.To + end + 2, d.address(l), true
}

// address stands for a link until the page is written.
func (d *draft) address(l ingest.Link) string {
	d.links = append(d.links, d.resolve(l))
	return d.scheme + strconv.Itoa(len(d.links)-1)
}

func (d *draft) resolve(l ingest.Link) link {
	to := d.note.Leads(l.Target)
	switch {
	case to.ID == "":
		return link{name: l.Written}
	case to.IsFile:
		return link{name: to.ID, file: true}
	}
	href, part := d.note.Href(to.ID), heading(l.Written)
	switch {
	case part == "":
	case to.ID == d.note.ID:
		href = "#" + part // which settle looks for
	case d.note.Has == nil || d.note.Has(to.ID, part):
		href += "#" + part
	}
	d.made[canonical(href)] = true
	return link{name: to.ID, href: href}
}

// heading is the id of the heading that a link names: the last of those that stand behind "#". One to a block has none.
func heading(written string) string {
	name, _, _ := strings.Cut(written, "|")
	_, path, _ := strings.Cut(name, "#")
	last := path[strings.LastIndexByte(path, '#')+1:]
	if strings.HasPrefix(last, "^") {
		return ""
	}
	return notes.Slug(last)
}

// find is the link that an address stands for.
func (d *draft) find(address []byte) (link, bool) {
	number, ok := bytes.CutPrefix(address, []byte(d.scheme))
	if !ok {
		return link{}, false
	}
	n, err := strconv.Atoi(string(number))
	if err != nil || n < 0 || n >= len(d.links) {
		return link{}, false
	}
	return d.links[n], true
}

// literal is a text in Markdown that means nothing but itself.
func literal(s string) string {
	var out strings.Builder
	for i := range len(s) {
		if c := s[i]; c < 0x80 && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", c) >= 0 {
			out.WriteByte('\\')
		}
		out.WriteByte(s[i])
	}
	return out.String()
}
