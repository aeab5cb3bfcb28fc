package notes

import (
	"strings"
	"testing"
	"unicode"
)

// TestFoldOneWord has words that writers and keyboards spell in several ways: each line folds to one.
func TestFoldOneWord(t *testing.T) {
	for _, spellings := range [][]string{
		{"كتاب", "کتاب", "ڪتاب", "كِتَاب", "كـتـاب", "ﻛﺘﺎﺏ", "کـِتاب"}, // kaf of Arabic, Persian, Sindhi; vowels; tatweel; presentation forms
		{"علي", "على", "علی", "عَلِيّ"},                                // yeh of Arabic and Persian, alef maksura
		{"أحمد", "احمد", "إحمد", "آحمد", "ٱحمد", "أحمد"},               // forms of alef, composed and not
		{"مدرسة", "مدرسه", "مدرسۃ", "مدرسہ"},                           // teh marbuta and heh, as Urdu has them
		{"مسؤول", "مسوول"}, {"رئيس", "رييس", "رئیس"},                   // hamza on its carrier
		{"خانهٔ", "خانۀ", "خانه"},                     // ezafe
		{"می\u200cخواهم", "میخواهم", "مي\u200cخواهم"}, // zero-width non-joiner
		{"ہے", "هي"}, {"بھارت", "بهارت"}, // Urdu
		{"١٤٠٣", "۱۴۰۳", "1403", "１４０３", "१४०३", "๑๔๐๓", "၁၄၀၃", "𝟏𝟒𝟎𝟑"}, // digits
		{"שָׁלוֹם", "שלום"},
		{"Straße", "STRASSE", "STRAẞE", "strasse"}, {"ΟΔΟΣ", "οδος", "οδός", "οδοσ"},
		{"İstanbul", "istanbul", "ıstanbul", "ISTANBUL"}, {"Ёлка", "елка"}, {"Łódź", "lodz"}, {"Đà Nẵng", "da nang"}, {"Æsir", "aesir"},
	} {
		for _, s := range spellings[1:] {
			if Fold(s) != Fold(spellings[0]) {
				t.Errorf("%s folds to %q, %s to %q", s, Fold(s), spellings[0], Fold(spellings[0]))
			}
		}
	}
	for _, two := range [][2]string{{"گرگ", "كرك"}, {"پدر", "بدر"}, {"май", "маи"}, {"が", "か"}, {"क", "कि"}, {"١", "٢"}, {"ث", "ت"}} {
		if Fold(two[0]) == Fold(two[1]) {
			t.Errorf("%s and %s are two words", two[0], two[1])
		}
	}
}

// TestFoldDigits holds decimal to Unicode: each run of digits counts from 0 to 9.
func TestFoldDigits(t *testing.T) {
	runs := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.IsDigit(r) && !unicode.IsDigit(r-1) {
			runs++
			for i := range rune(10) {
				if got := decimal(r + i); got != '0'+i {
					t.Errorf("%c U+%04X: %c, want %d", r+i, r+i, got, i)
				}
			}
		}
	}
	if runs < 60 {
		t.Errorf("only %d runs of digits", runs)
	}
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"کتابِ", "İı", "ẞß", "ۀ\u0654", "ΣΑΣ", "ё\u0308", "\u0301a", "ﷺ", "Å\u0327\u0301", "が゙", "\xff\u200c", "\xf3ț", "᾿Α", strings.Repeat("ـ", 9)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if twice := Fold(once); twice != once {
			t.Fatalf("%q folds to %q, then to %q", s, once, twice)
		}
	})
}
