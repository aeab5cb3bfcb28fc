package models

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// scripts of languages that a model may be made for, where they are not Latin.
var scripts = map[string][]*unicode.RangeTable{
	"zh": {unicode.Han}, "ja": {unicode.Han, unicode.Hiragana, unicode.Katakana}, "ko": {unicode.Hangul}, "ru": {unicode.Cyrillic},
}

// Reads is the share of the letters of a text that are of a script the model was made for, 0 to 1; 1 for a text without letters, and
// where it is not known what the model reads. Pieces would tell less: the vocabulary of an English model has the single letters of most
// scripts, of which it makes nothing.
func (m Model) Reads(text string) float64 {
	if m.Languages == "" || m.Languages == manyLanguages || isASCII(text) {
		return 1
	}
	known := []*unicode.RangeTable{unicode.Latin}
	for _, language := range strings.Split(m.Languages, ", ") {
		known = append(known, scripts[language]...)
	}
	letters, read := 0, 0
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		if unicode.In(r, known...) {
			read++
		}
	}
	if letters == 0 {
		return 1
	}
	return float64(read) / float64(letters)
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
