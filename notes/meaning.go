package notes

import (
	"slices"
	"strings"
	"unicode"
)

// Meaning is what a title or the name of a file says to a reader: the name as it is, but for what only tells it from others (a UUID,
// a hash, a time stamp), and with its day in words: "202403051430 My idea" says "My idea", "2024-03-05" says "5 March 2024". A name
// that says nothing gives "": d000123, IMG_2034, "Untitled 3", "New note", 17.
func Meaning(name string) string {
	if len(name) > MaxTitle {
		return name // no file has such a name
	}
	kept, cut := withoutIDs(name)
	said, rest, days := withDays(kept)
	switch {
	case !saysNothing(rest, cut || len(days) > 0):
		return said
	case len(days) > 0:
		return strings.Join(days, " ")
	}
	return ""
}

// Words of names that programs give. Placeholders say nothing wherever they stand alone or with others of these; counted words say
// nothing beside a number or a placeholder; newWords say nothing before a counted one.
var (
	placeholders = strings.Fields(`untitled unbenannt unbenannte unbenanntes unnamed noname namenlos sans-titre sin-titulo senza-titolo
		sem-titulo sense-titol ohne-titel naamloos namnlos navnlos nimeton uten-navn uden-titel utan-titel bez-nazwy bez-tytulu bez-nazvu
		fara-titlu nevtelen adsiz без-названия без-имени без-назви χωρις-τιτλο ללא-שם ללא-כותרת بدون-عنوان بدون-اسم शीर्षकहीन
		無題 名称未設定 无标题 未命名 無標題 제목-없음 제목없음 khong-co-tieu-de`)
	countedWords = strings.Fields(`document documents doc docs dokument dokumente documento page pages seite pagina note notes notiz nota memo file files datei
		fichier archivo image images img bild imagen photo photos foto pic picture dsc dscn dscf pxl mvi vid video mov wp wa screenshot screen-shot
		bildschirmfoto capture scan scanned text item items entry record row id no nr num number msg message attachment untitled copy kopie copia copie
		clipboard pasted paste snippet slide sheet tab zettel z at um of`)
	newWords = strings.Fields(`new neue neuer neues nouveau nouvelle nuevo nueva nuovo nuova novo nova ny nieuw nieuwe nowy nowa`)
)

// saysNothing tells whether all words of a name are numbers, placeholders and what is counted by them. numbered tells that a number
// or a day stood beside them.
func saysNothing(name string, numbered bool) bool {
	slug := Slug(name)
	if slug == "" {
		return !strings.ContainsFunc(name, unicode.IsSymbol) // an emoji
	}
	if version.MatchString(name) {
		return false
	}
	words := strings.Split(slug, "-")
	rest := withoutPlaceholder(words)
	empty := numbered || len(rest) < len(words)
	if len(rest) > 0 && slices.Contains(newWords, rest[0]) && isCounted(rest[1:]) {
		empty, rest = true, rest[1:]
	}
	for _, w := range rest {
		letters := strings.TrimRight(w, "0123456789")
		switch {
		case letters == "", padded.MatchString(w), serial.MatchString(w), slip.MatchString(w):
			empty = true
		case !slices.Contains(countedWords, letters):
			return false
		case letters != w:
			empty = true
		}
	}
	return empty
}

// isCounted tells whether words begin with what is counted: "note 3", "text document".
func isCounted(words []string) bool {
	return len(words) > 0 && slices.Contains(countedWords, strings.TrimRight(words[0], "0123456789"))
}

// withoutPlaceholder drops the first placeholder that words hold.
func withoutPlaceholder(words []string) []string {
	for i := range words {
		for n := min(4, len(words)-i); n > 0; n-- {
			if slices.Contains(placeholders, strings.TrimRight(strings.Join(words[i:i+n], "-"), "0123456789")) {
				return slices.Delete(slices.Clone(words), i, i+n)
			}
		}
	}
	return words
}
