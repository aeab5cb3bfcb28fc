package inline

import (
	"bytes"
	"regexp"
)

// Bounds of the scheme of an address, from the specification.
const (
	minScheme = 2
	maxScheme = 32
)

// mail is an address of mail in angle brackets, by the specification, which has it from HTML.
var mail = regexp.MustCompile("^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$")

// autolink reads <scheme:address> and <name@host>.
func (s *scanner) autolink(i int) (end int, ok bool) {
	n := i + 1
	for n < len(s.text) && s.text[n] > ' ' && s.text[n] != '<' && s.text[n] != '>' {
		n++
	}
	s.work += n - i
	if n == len(s.text) || s.text[n] != '>' {
		return 0, false
	}
	address := s.text[i+1 : n]
	destination := string(address)
	if !hasScheme(address) {
		if !mail.Match(address) {
			return 0, false
		}
		destination = "mailto:" + destination
	}
	s.hide(i, i+1)
	s.emit(Link, i, n+1, destination)
	s.hide(n, n+1)
	return n + 1, true
}

func hasScheme(address []byte) bool {
	n := bytes.IndexByte(address, ':')
	if n < minScheme || n > maxScheme || !isLetter(address[0]) {
		return false
	}
	for _, c := range address[:n] {
		if !isAlphanumeric(c) && c != '+' && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

// prefixes are how addresses begin that are links without any mark, and what they lack. A host follows, with a dot in it.
var prefixes = []struct{ prefix, lacks string }{
	{"http://", ""}, {"https://", ""}, {"ftp://", ""}, {"www.", "http://"},
}

// bareLink reads GitHub's extended autolinks, https://… and www.…. An address of mail without brackets stays text: it leads to no
// note.
func (s *scanner) bareLink(i int) int {
	if !s.linkMayBegin(i) {
		return s.plain(i + 1)
	}
	for _, p := range prefixes {
		if !bytes.HasPrefix(s.text[i:], []byte(p.prefix)) {
			continue
		}
		if end, ok := s.bareEnd(i, i+len(p.prefix)); ok {
			s.emit(Link, i, end, p.lacks+string(s.text[i:end]))
			return end
		}
	}
	return s.plain(i + 1)
}

// linkMayBegin tells whether a bare link may begin at i: at the start of a line, behind white space or one of * _ ~ (, and
// outside of brackets, which may become a link.
func (s *scanner) linkMayBegin(i int) bool {
	if len(s.brackets) > 0 {
		return false
	}
	if i == 0 {
		return true
	}
	c := s.text[i-1]
	return isSpace(c) || c == '*' || c == '_' || c == '~' || c == '('
}

// maxSegments is how many parts a host may have for its underscores to count. GitHub's implementation has the same bound: each "www."
// of a host would begin a new look at it.
const maxSegments = 10

// bareEnd is behind the address whose host begins at host, without punctuation that belongs to the sentence.
func (s *scanner) bareEnd(start, host int) (end int, ok bool) {
	end = host
	dots, underscores, before := 0, 0, 0 // underscores in the last part of the host, and in the one before it
	for ; end < len(s.text); end++ {
		c := s.text[end]
		if c == '.' {
			dots++
			before, underscores = underscores, 0
		} else if c == '_' {
			underscores++
		} else if !isAlphanumeric(c) && c != '-' && c < 0x80 {
			break
		}
	}
	s.work += end - start
	if end == host || dots == 0 || underscores+before > 0 && dots <= maxSegments {
		return 0, false
	}
	for end < len(s.text) && !isSpace(s.text[end]) && s.text[end] != '<' {
		end++
	}
	s.work += end - start
	return trimAddress(s.text, start, end), true
}

// trimAddress takes from the end of an address what belongs to the sentence around it: punctuation, a parenthesis that opened before it, a
// character reference.
func trimAddress(text []byte, start, end int) int {
	excess := bytes.Count(text[start:end], []byte(")")) - bytes.Count(text[start:end], []byte("("))
	for end > start {
		switch text[end-1] {
		case '?', '!', '.', ',', ':', '*', '_', '~', '"', '\'':
			end--
			continue
		case ')':
			if excess > 0 {
				excess--
				end--
				continue
			}
		case ';':
			name := end - 1
			for name > start && isAlphanumeric(text[name-1]) {
				name--
			}
			if name < end-1 && name > start && text[name-1] == '&' {
				end = name - 1
				continue
			}
		}
		break
	}
	return end
}
