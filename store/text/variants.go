package text

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Words that have two right spellings in their script, or two ways to be typed, and that are not folded into one because other words
// would fall together: a question asks for both. Texts stay as they are written.

// leastUmlaut is how many letters a word has at least whose "oe" may stand for "ö". Shorter ones (goes, true, does) are English.
const leastUmlaut = 5

// nuktas are the letters of Devanagari that writers give a dot below, or leave bare.
const nuktas = "कखगजडढफ"

// nasals are the consonants of Devanagari whose dead form before letters of their own row is also written as anusvara: हिन्दी, हिंदी.
var nasals = map[rune]string{'ङ': "कखगघ", 'ञ': "चछजझ", 'ण': "टठडढ", 'न': "तथदध", 'म': "पफबभ"}

const (
	virama, nukta, anusvara, candrabindu = '\u094d', '\u093c', '\u0902', '\u0901'
	nonJoiner                            = "\u200c"
)

// variants are other ways to write a field of a question, without itself.
func variants(field string) []string {
	if isASCIIWord(field) {
		return append(apostrophes(field), umlauts(field)...)
	}
	field = norm.NFC.String(field)
	var all []string
	all = append(all, apostrophes(field)...)
	all = append(all, transcribed(field), kana(field), saraAm(field), armenian(field))
	all = append(all, devanagari(field)...)
	all = append(all, arabic(field)...)
	return slices.DeleteFunc(all, func(v string) bool { return v == "" || v == field })
}

func isASCIIWord(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// transcribed writes umlauts as keyboards without them do.
func transcribed(field string) string {
	return strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa").Replace(strings.ToLower(field))
}

// umlaut is a vowel with an e that may stand for one of two dots. Before a vowel it does not, nor where an ending of English begins:
// value, values, issued.
var umlaut = regexp.MustCompile(`([aou])e([b-df-hj-np-tv-xz][a-z]|[b-cf-hj-np-qtv-xz]$)`)

// umlauts reads "koeln" as "köln": without the e, as folding leaves it in texts.
func umlauts(field string) []string {
	word := strings.ToLower(strings.TrimFunc(field, func(r rune) bool { return !unicode.IsLetter(r) }))
	if len(word) < leastUmlaut || strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return nil
	}
	plain := umlaut.ReplaceAllString(word, "$1$2")
	if Stem(plain) == Stem(word) { // the same word to the index, which would count twice
		return nil
	}
	return []string{plain}
}

// apostrophes are those within a word that are letters to Unicode, as Ukrainian, Uzbek and Hawaiian have them, and those that are not.
func apostrophes(field string) []string {
	const signs, letters = "'’‘`", "ʼʻ"
	inner := strings.Trim(field, signs+letters)
	if !strings.ContainsAny(inner, signs+letters) {
		return nil
	}
	as := func(mark string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(signs+letters, r) {
				return []rune(mark)[0]
			}
			return r
		}, inner)
	}
	return []string{as("'"), as("ʼ"), as("ʻ")}
}

// kanaShift is from a letter of Hiragana to the same of Katakana.
const kanaShift = 'ア' - 'あ'

// kana writes a word of one syllabary in the other.
func kana(field string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'ぁ' <= r && r <= 'ゖ':
			return r + kanaShift
		case 'ァ' <= r && r <= 'ヶ':
			return r - kanaShift
		}
		return r
	}, field)
}

// saraAm puts the ring of the Thai and Lao vowel am behind the tone mark, and joins it with the vowel, as keyboards do.
func saraAm(field string) string {
	runes := []rune(field)
	for i := 0; i+2 < len(runes); i++ {
		ring, tone, vowel := runes[i], runes[i+1], runes[i+2]
		switch {
		case ring == '\u0e4d' && '\u0e48' <= tone && tone <= '\u0e4b' && vowel == '\u0e32':
			runes = slices.Replace(runes, i, i+3, tone, '\u0e33')
		case ring == '\u0ecd' && '\u0ec8' <= tone && tone <= '\u0ecb' && vowel == '\u0eb2':
			runes = slices.Replace(runes, i, i+3, tone, '\u0eb3')
		}
	}
	return string(runes)
}

// armenian writes the letter ev as its capitals are spelled, and back.
func armenian(field string) string {
	lower := strings.ToLower(field)
	if strings.Contains(lower, "և") {
		return strings.ReplaceAll(lower, "և", "եվ")
	}
	return strings.ReplaceAll(lower, "եվ", "և")
}

// devanagari writes a word with nasals as consonants and as anusvara, without dots below, and with one.
func devanagari(field string) []string {
	if !strings.ContainsFunc(field, func(r rune) bool { return unicode.Is(unicode.Devanagari, r) }) {
		return nil
	}
	runes := []rune(norm.NFD.String(field)) // dots below stand alone
	bare := slices.DeleteFunc(slices.Clone(runes), func(r rune) bool { return r == nukta })
	all := []string{string(bare), dotted(bare), spelled(bare)}
	for i, r := range bare {
		if strings.ContainsRune(nuktas, r) {
			all = append(all, string(slices.Insert(slices.Clone(bare), i+1, nukta)))
		}
	}
	for i := range all {
		all[i] = norm.NFC.String(all[i])
	}
	return all
}

// dotted writes nasals before letters of their row as anusvara, and candrabindu too.
func dotted(runes []rune) string {
	var b strings.Builder
	for i := 0; i < len(runes); i++ {
		if row, ok := nasals[runes[i]]; ok && i+2 < len(runes) && runes[i+1] == virama && strings.ContainsRune(row, runes[i+2]) {
			b.WriteRune(anusvara)
			i++
			continue
		}
		if runes[i] == candrabindu {
			b.WriteRune(anusvara)
		} else {
			b.WriteRune(runes[i])
		}
	}
	return b.String()
}

// spelled writes anusvara as the nasal of the row of the letter behind it.
func spelled(runes []rune) string {
	var b strings.Builder
	for i, r := range runes {
		if nasal := nasalBefore(runes[i+1:]); r == anusvara && nasal != 0 {
			b.WriteRune(nasal)
			b.WriteRune(virama)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func nasalBefore(rest []rune) rune {
	for nasal, row := range nasals {
		if len(rest) > 0 && strings.ContainsRune(row, rest[0]) {
			return nasal
		}
	}
	return 0
}

// arabic writes a word with the article and without, and with the plural that Persian joins to it.
func arabic(field string) []string {
	const article = "ال"
	const leastStem = 3 // letters
	if !strings.ContainsFunc(field, func(r rune) bool { return unicode.Is(unicode.Arabic, r) }) {
		return nil
	}
	var all []string
	if strings.Contains(field, nonJoiner) {
		all = append(all, strings.ReplaceAll(field, nonJoiner, " "))
	} else if utf8.RuneCountInString(field) >= leastStem {
		all = append(all, article+field, field+"ها", field+"های")
	}
	if stem, ok := strings.CutPrefix(field, article); ok && utf8.RuneCountInString(stem) >= leastStem {
		all = append(all, stem)
	}
	return all
}
