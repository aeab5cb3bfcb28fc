package tokenizer

import (
	"encoding/json"
	"unicode/utf8"
)

// bertNormalizer cleans, spaces out Chinese characters, strips accents and lowercases in one pass.
type bertNormalizer struct {
	u                            *unicodeTables
	clean, chinese, strip, lower bool
	ascii                        [128]byte // what each becomes, 0 = dropped
}

func readBertNormalizer(raw json.RawMessage, u *unicodeTables) (normalizer, error) {
	var c struct {
		CleanText    bool  `json:"clean_text"`
		Chinese      bool  `json:"handle_chinese_chars"`
		StripAccents *bool `json:"strip_accents"`
		Lowercase    bool  `json:"lowercase"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	b := &bertNormalizer{u: u, clean: c.CleanText, chinese: c.Chinese, strip: c.Lowercase, lower: c.Lowercase}
	if c.StripAccents != nil {
		b.strip = *c.StripAccents
	}
	for i := range b.ascii {
		b.ascii[i] = b.asciiByte(byte(i))
	}
	return b, nil
}

func (b *bertNormalizer) asciiByte(c byte) byte {
	p := b.u.props(rune(c))
	switch {
	case b.clean && (c == 0 || p&propOther != 0):
		return 0
	case b.clean && p&propSpace != 0:
		return ' '
	case b.lower && c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	}
	return c
}

func (b *bertNormalizer) normalize(dst *text, src text) error {
	track := len(src.at) > 0
	w := markWriter{dst: dst, u: b.u, track: track, sort: b.strip}
	for i := 0; i < len(src.b); {
		if c := src.b[i]; c < utf8.RuneSelf {
			if a := b.ascii[c]; a != 0 || c == 0 && !b.clean {
				w.flush()
				dst.b = append(dst.b, a)
				if track {
					dst.at = append(dst.at, src.at[i])
					w.last = src.at[i]
				}
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(src.b[i:])
		b.rune(&w, r, src.span(i, i+n))
		i += n
	}
	w.flush()
	return nil
}

// rune handles one character that is not ASCII.
func (b *bertNormalizer) rune(w *markWriter, r rune, at span) {
	p := b.u.props(r)
	if b.clean {
		if r == utf8.RuneError || p&propOther != 0 {
			return
		}
		if p&propSpace != 0 {
			w.put(mark{r: ' ', at: at})
			return
		}
	}
	chinese := b.chinese && isChinese(r)
	if chinese {
		w.put(mark{r: ' ', at: at})
	}
	switch {
	case !b.strip:
		b.put(w, mark{r: r, at: at}, p)
	case isSyllable(r):
		for _, c := range jamo(r) {
			if c != 0 {
				w.put(mark{r: c, at: at})
			}
		}
	case p&propNFD != 0:
		for i, c := range b.u.nfd[r] {
			b.putUnmarked(w, mark{r: c, at: at, added: i > 0}, b.u.props(c))
		}
	default:
		b.putUnmarked(w, mark{r: r, at: at}, p)
	}
	if chinese {
		w.put(mark{r: ' ', at: at})
	}
}

// putUnmarked leaves a nonspacing mark out.
func (b *bertNormalizer) putUnmarked(w *markWriter, m mark, p property) {
	if p&propMark != 0 {
		m.gone = true
		w.put(m)
		return
	}
	b.put(w, m, p)
}

func (b *bertNormalizer) put(w *markWriter, m mark, p property) {
	if !b.lower || p&propLower == 0 {
		w.put(m)
		return
	}
	for _, c := range b.u.lower[m.r] {
		m.r = c
		w.put(m)
	}
}

// isChinese reports whether BertNormalizer puts spaces around r.
func isChinese(r rune) bool {
	switch {
	case r < 0x3400:
		return false
	case r <= 0x4DBF, r >= 0x4E00 && r <= 0x9FFF, r >= 0xF900 && r <= 0xFAFF:
		return true
	case r >= 0x20000 && r <= 0x2A6DF, r >= 0x2A700 && r <= 0x2B81F:
		return true
	case r >= 0x2B920 && r <= 0x2CEAF, r >= 0x2F800 && r <= 0x2FA1F:
		return true
	}
	return false
}
