package site

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"amalfa/notes"

	"golang.org/x/net/html"
)

// settle lets each link of a page lead somewhere: to an element of the page, to an address that made has, or elsewhere by a scheme. What leads to
// none of these stays as text that says so. Of elements with one id the first keeps it.
func settle(page []byte, made map[string]bool) []byte {
	s := settling{made: made, ids: idsOf(page), seen: map[string]bool{}}
	var out bytes.Buffer
	out.Grow(len(page))
	for z := html.NewTokenizer(bytes.NewReader(page)); z.Next() != html.ErrorToken; {
		raw := bytes.Clone(z.Raw())
		if t := z.Token(); (t.Type == html.StartTagToken || t.Type == html.SelfClosingTagToken) && s.tag(&t) {
			raw = []byte(t.String())
		}
		out.Write(raw)
	}
	return out.Bytes()
}

// idsOf are the ids of a page's elements.
func idsOf(page []byte) map[string]bool {
	ids := map[string]bool{}
	for z := html.NewTokenizer(bytes.NewReader(page)); z.Next() != html.ErrorToken; {
		for _, a := range z.Token().Attr {
			if a.Key == "id" {
				ids[a.Val] = true
			}
		}
	}
	return ids
}

type settling struct{ made, ids, seen map[string]bool }

// tag changes a tag where it must, and reports that it did.
func (s *settling) tag(t *html.Token) (changed bool) {
	kept := t.Attr[:0]
	for _, a := range t.Attr {
		switch {
		case a.Key == "id" && s.seen[a.Val]:
			changed = true
			continue
		case a.Key == "id":
			s.seen[a.Val] = true
		case a.Key == "href":
			if to := s.href(a.Val); to != a.Val {
				changed = true
				if to == "" {
					a = html.Attribute{Key: "title", Val: a.Val}
				} else {
					a.Val = to
				}
			}
		}
		kept = append(kept, a)
	}
	t.Attr = kept
	return t.Data == "a" && markBroken(t) || changed
}

// markBroken gives a link without an address the class of those that lead nowhere.
func markBroken(t *html.Token) bool {
	if slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == "href" }) {
		return false
	}
	t.Attr = slices.DeleteFunc(t.Attr, func(a html.Attribute) bool { return a.Key == "class" || a.Key == "rel" })
	t.Attr = append(t.Attr, html.Attribute{Key: "class", Val: "broken"})
	return true
}

// href is where a link may lead, "" for nowhere. A heading is found by its own spelling, too.
func (s *settling) href(to string) string {
	u, err := url.Parse(to)
	switch {
	case err != nil:
		return ""
	case u.Scheme != "" || s.made[u.String()]:
		if part, own := strings.CutPrefix(to, "#"); own {
			return s.part(part)
		}
		return to
	case u.Host != "": // there is no scheme that a page of a file could inherit
		return "https:" + to
	case u.Path == "" && u.RawQuery == "":
		return s.part(u.Fragment)
	}
	return ""
}

func (s *settling) part(id string) string {
	for _, id := range []string{id, notes.Slug(id)} {
		if s.ids[id] {
			return "#" + (&url.URL{Fragment: id}).EscapedFragment()
		}
	}
	return ""
}

// canonical is an address as the policy writes it.
func canonical(href string) string {
	u, err := url.Parse(href)
	if err != nil {
		return href
	}
	return u.String()
}
