package mdx

func (s *script) number() {
	for s.pos < s.end {
		c := s.text[s.pos]
		exponent := (c == '+' || c == '-') && (s.text[s.pos-1] == 'e' || s.text[s.pos-1] == 'E')
		if c != '.' && c != '_' && !exponent && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return
		}
		s.pos++
	}
}

func (s *script) quoteString() bool {
	quote := s.text[s.pos]
	for s.pos++; s.pos < s.end; s.pos++ {
		switch s.text[s.pos] {
		case '\\':
			s.pos++
		case '\n':
			return false
		case quote:
			s.pos++
			return true
		}
	}
	s.pos = s.end
	return false
}

func (s *script) string() bool {
	return (s.looking(`"`) || s.looking("'")) && s.quoteString()
}

func (s *script) template() bool {
	for s.pos++; s.pos < s.end; {
		switch {
		case s.take("`"):
			return true
		case s.looking("${"):
			s.pos++
			if !s.braces(false) {
				return false
			}
		case s.text[s.pos] == '\\':
			s.pos = min(s.pos+2, s.end)
		default:
			s.pos++
		}
	}
	return false
}

func (s *script) regex() bool {
	class := false
	for s.pos++; s.pos < s.end; s.pos++ {
		switch s.text[s.pos] {
		case '\\':
			s.pos++
		case '[':
			class = true
		case ']':
			class = false
		case '\n':
			return false
		case '/':
			if class {
				continue
			}
			s.pos++
			s.name() // flags
			return true
		}
	}
	s.pos = s.end
	return false
}
