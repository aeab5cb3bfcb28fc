package inline

import (
	"bytes"
	"slices"
	"strings"
)

// angle reads what "<" begins: an address in angle brackets or HTML.
func (s *scanner) angle(i int) int {
	if end, ok := s.autolink(i); ok {
		return end
	}
	if end := s.markup(i); end > 0 {
		s.element(i, end)
		return end
	}
	return i + 1
}

// markup is behind the HTML construct that begins at i: a tag, a comment, a declaration, an instruction, or 0.
func (s *scanner) markup(i int) int {
	rest := s.text[i+1:]
	switch {
	case bytes.HasPrefix(rest, []byte("!-->")):
		return i + len("<!-->")
	case bytes.HasPrefix(rest, []byte("!--->")):
		return i + len("<!--->")
	case bytes.HasPrefix(rest, []byte("!--")):
		return s.behind(i+len("<!--"), "-->")
	case bytes.HasPrefix(rest, []byte("![CDATA[")):
		return s.behind(i+len("<![CDATA["), "]]>")
	case bytes.HasPrefix(rest, []byte("?")):
		return s.behind(i+len("<?"), "?>")
	case len(rest) > 1 && rest[0] == '!' && isLetter(rest[1]):
		return s.behind(i+len("<!"), ">")
	}
	r := reader{text: s.text, pos: i + 1}
	ok := r.tag()
	s.work += r.work
	if !ok {
		return 0
	}
	return r.pos
}

// behind is where the next end from i on ends, or 0.
func (s *scanner) behind(i int, end string) int {
	n := s.until(i, end)
	if n < 0 {
		return 0
	}
	return n + len(end)
}

// tag reads a tag behind its "<", as the specification has it.
func (r *reader) tag() bool {
	closing := r.peek() == '/'
	if closing {
		r.pos++
	}
	if !r.name() {
		return false
	}
	for r.space() > 0 && !closing {
		if name, _, ok := r.attribute(); !ok && name != nil { // a value is missing
			return false
		} else if !ok {
			break
		}
	}
	if r.peek() == '/' && !closing {
		r.pos++
	}
	if r.peek() != '>' {
		return false
	}
	r.pos++
	return true
}

// name reads the name of a tag.
func (r *reader) name() bool {
	from := r.pos
	for r.pos < len(r.text) && (isLetter(r.text[r.pos]) || r.pos > from && (isDigit(r.text[r.pos]) || r.text[r.pos] == '-')) {
		r.pos++
	}
	r.work += r.pos - from
	return r.pos > from
}

// attribute reads a name and, behind "=", a value, which is returned without its quotes. Without a name there is no attribute; with
// one, it is not ok when the value is missing.
func (r *reader) attribute() (name, value []byte, ok bool) {
	from := r.pos
	r.from, r.to = 0, 0
	for r.pos < len(r.text) && isAttributeName(r.text[r.pos], r.pos > from) {
		r.pos++
	}
	if r.pos == from {
		return nil, nil, false
	}
	name = r.text[from:r.pos]
	r.work += len(name)
	behind := r.pos
	r.space()
	if r.peek() != '=' {
		r.pos = behind
		return name, nil, true
	}
	r.pos++
	r.space()
	value, ok = r.value()
	return name, value, ok
}

func isAttributeName(c byte, later bool) bool {
	return isLetter(c) || c == '_' || c == ':' || later && (isDigit(c) || c == '.' || c == '-')
}

func (r *reader) value() (value []byte, ok bool) {
	quote := r.peek()
	if quote == '"' || quote == '\'' {
		n := bytes.IndexByte(r.text[r.pos+1:], quote)
		if n < 0 {
			r.work += len(r.text) - r.pos
			r.pos = len(r.text)
			return nil, false
		}
		r.work += n
		value, r.from, r.to = r.text[r.pos+1:r.pos+1+n], r.pos+1, r.pos+1+n
		r.pos += n + 2
		return value, true
	}
	from := r.pos
	for r.pos < len(r.text) && !isSpace(r.text[r.pos]) && !strings.ContainsRune("\"'=<>`", rune(r.text[r.pos])) {
		r.pos++
	}
	r.work += r.pos - from
	r.from, r.to = from, r.pos
	return r.text[from:r.pos], r.pos > from
}

// parting are the elements that stand on lines of their own or end one, so that the text before and behind them are two words.
var parting = strings.Fields("address article aside blockquote br caption center dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 " +
	"h4 h5 h6 header hr iframe legend li main nav ol option p pre script section style summary table tbody td tfoot th thead tr ul video")

// element hides the HTML from start to end and gives what its attributes say.
func (s *scanner) element(start, end int) {
	r := reader{text: s.text[:end-1], pos: start + 1}
	if r.peek() == '/' {
		r.pos++
	}
	from := r.pos
	if !r.name() {
		s.hide(start, end)
		if bytes.HasPrefix(s.text[start:], []byte("<!--")) {
			s.emit(Comment, start, end, string(s.text[start:end]))
			s.emit(Hidden, start, end, strings.Trim(string(s.text[start:end]), "<!->"))
		}
		return
	}
	name := strings.ToLower(string(s.text[from:r.pos]))
	space := ""
	if slices.Contains(parting, name) {
		space = " "
	}
	s.emit(Markup, start, end, space)
	if name != "a" {
		s.tagEnd = end
	}
	s.attributes(&r, name, start, end)
}

// attributes gives what people write in attributes: where a link leads, and words.
func (s *scanner) attributes(r *reader, element string, start, end int) {
	for r.space() > 0 {
		name, value, ok := r.attribute()
		if !ok {
			return
		}
		text := decodeEntities(value)
		switch strings.ToLower(string(name)) {
		case "href":
			if element == "a" || element == "area" {
				s.emitNamed(Link, start, end, text, r.from, r.to)
			}
		case "src":
			s.emitNamed(Image, start, end, text, r.from, r.to)
		case "alt", "title":
		default:
			continue
		}
		s.emit(Hidden, start, end, text)
	}
}

// decodeEntities resolves character references; a backslash means nothing in HTML.
func decodeEntities(raw []byte) string {
	if bytes.IndexByte(raw, '&') < 0 {
		return string(raw)
	}
	return unescape(bytes.ReplaceAll(raw, []byte{'\\'}, []byte(`\\`)))
}

// HTML returns the tokens of a block of HTML: what a reader sees of it is text, but for tags, comments, scripts and styles.
func HTML(block []byte) []Token {
	s := scanner{text: block}
	for i := 0; i < len(block); {
		switch block[i] {
		case '&':
			i = s.entity(i)
		case '<':
			i = s.htmlAt(i)
		default:
			i++
		}
	}
	return s.out
}

// htmlAt reads one construct of HTML, a script and a style with all that they hold.
func (s *scanner) htmlAt(i int) int {
	end := s.markup(i)
	if end == 0 {
		return i + 1
	}
	s.element(i, end)
	r := reader{text: s.text, pos: i + 1}
	if !r.name() {
		return end
	}
	name := string(s.text[i+1 : r.pos])
	if lower := strings.ToLower(name); lower != "script" && lower != "style" {
		return end
	}
	closing := s.until(end, "</"+name)
	if closing < 0 {
		closing = len(s.text)
	}
	s.hide(end, closing)
	return closing
}
