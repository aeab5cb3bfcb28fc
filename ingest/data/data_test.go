package data

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// random is n bytes that look like those of a picture.
func random(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 39))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func b64(seed uint64, n int) string { return base64.StdEncoding.EncodeToString(random(seed, n)) }

// wrap breaks text into lines of n bytes.
func wrap(text string, n int, prefix string) string {
	var lines []string
	for len(text) > n {
		lines, text = append(lines, prefix+text[:n]), text[n:]
	}
	return strings.Join(append(lines, prefix+text), "\n")
}

func drawn(n int) string {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	var b strings.Builder
	b.WriteString("M10 10")
	for range n {
		fmt.Fprintf(&b, "%c%d.%d,%d-%d", "LlCcQqHV"[r.IntN(8)], r.IntN(100), r.IntN(9), r.IntN(100), r.IntN(50))
	}
	return b.String() + "z"
}

const minifiedJS = `!function(e,t){"object"==typeof exports?module.exports=t():e.Lib=t()}(this,function(){var n={},r=function(e){if(n[e])return n[e].exports;var t=n[e]={i:e,l:!1};return t};`

func TestData(t *testing.T) {
	picture, drawing := b64(1, 6000), drawn(60)
	certificate := wrap(b64(2, 700), 64, "")
	geo := `{"type":"Polygon","coordinates":[` + strings.Repeat(`[13.377704,52.516275],`, 80) + `[0,0]],"name":"x","a":{"b":"c"}` + strings.Repeat(`,"k":{"x":1.25,"y":"z"}`, 80) + "}"
	sha512 := hex.EncodeToString(random(3, 64))
	for name, tt := range map[string]struct{ text, want, found string }{
		"an image":              {"x ![g](data:image/png;base64," + picture + ") y", "x ![g](…) y", "1 embedded image left out"},
		"two":                   {"![a](data:image/png;base64," + picture + ") and ![b](DATA:image/jpeg;BASE64," + picture + ")", "![a](…) and ![b](…)", "2 embedded images left out"},
		"with a title":          {`![a](data:image/png;base64,` + picture + ` "title")`, `![a](… "title")`, "1 embedded image left out"},
		"in angle brackets":     {"![a](<data:image/png;base64," + picture + ">)", "![a](<…>)", "1 embedded image left out"},
		"a definition":          {"![a][img]\n\n[img]: data:image/png;base64," + picture + "\n\ntext", "![a][img]\n\n[img]: …\n\ntext", "1 embedded image left out"},
		"HTML":                  {"<img src='data:image/gif;base64," + picture + "' alt='a'>", "<img src='…' alt='a'>", "1 embedded image left out"},
		"HTML over lines":       {"<img src=\"data:image/gif;base64,\n" + wrap(picture, 76, "  ") + "\n\" alt=\"a\">", "<img src=\"…\n\" alt=\"a\">", "1 embedded image left out"},
		"HTML without quotes":   {"<img src=data:image/gif;base64," + picture + " alt=a>", "<img src=… alt=a>", "1 embedded image left out"},
		"in a table":            {"| a | ![](data:image/png;base64," + picture + ") | b |", "| a | ![](…) | b |", "1 embedded image left out"},
		"bare in a table":       {"|data:image/png;base64," + picture + "|b|", "|…|b|", "1 embedded image left out"},
		"in a list":             {"- a\n- data:image/png;base64," + picture + "\n- b", "- a\n- …\n- b", "1 embedded image left out"},
		"in a fence":            {"```css\na { background: url(data:image/png;base64," + picture + ") }\n```", "```css\na { background: url(…) }\n```", "1 embedded image left out"},
		"CSS with quotes":       {`url("data:font/woff2;base64,` + picture + `")`, `url("…")`, "1 embedded file left out"},
		"percent-encoded":       {"![](data:image/svg+xml,%3Csvg%20xmlns=%27http://www.w3.org/2000/svg%27%3E%3C/svg%3E) y", "![](…) y", "1 embedded image left out"},
		"a drawing as it is":    {`url("data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>") y`, `url("…") y`, "1 embedded image left out"},
		"a bare drawing":        {`![](data:image/svg+xml;utf8,<svg xmlns="http://www.w3.org/2000/svg"><text>a (b)</text></svg>) y`, `![](…) y`, "1 embedded image left out"},
		"with a character set":  {"data:text/html;charset=utf-8;base64," + picture + " y", "… y", "1 embedded file left out"},
		"without a type":        {"data:;base64," + picture + " y", "… y", "1 embedded file left out"},
		"a path":                {`<path fill="none" d="` + drawing + `"/> y`, `<path fill="none" d="…"/> y`, "1 path of a drawing left out"},
		"a path over lines":     {"<path d='" + strings.ReplaceAll(drawing, "L", "\n  L") + "'/> y", `<path d='…'/> y`, "1 path of a drawing left out"},
		"points":                {`<polygon points = "` + strings.Repeat("12.5,8 ", 30) + `"/>`, `<polygon points = "…"/>`, "1 path of a drawing left out"},
		"a path in JSON":        {`{"icon": "` + drawing + `"}`, `{"icon": "…"}`, "1 path of a drawing left out"},
		"two paths":             {`<path d="` + drawing + `"/><path d="` + drawing + `"/>`, `<path d="…"/><path d="…"/>`, "2 paths of drawings left out"},
		"a certificate":         {"-----BEGIN CERTIFICATE-----\n" + certificate + "\n-----END CERTIFICATE-----\ny", "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\ny", "1 block of base64 left out"},
		"a quoted message":      {"> -----BEGIN PGP MESSAGE-----\n> Version: 1\n>\n" + wrap(b64(4, 90), 64, "> ") + "\n> =aB3d\n> -----END PGP MESSAGE-----", "> -----BEGIN PGP MESSAGE-----\n> …\n> -----END PGP MESSAGE-----", "1 block of base64 left out"},
		"wrapped lines":         {"a\n\n" + wrap(b64(5, 500), 76, "") + "\n\nb", "a\n\n…\n\nb", "1 block of base64 left out"},
		"lines that repeat":     {wrap(strings.Repeat("YWJj", 100), 76, "") + "\nEnd", "…\nEnd", "1 block of base64 left out"},
		"indented lines":        {"a\n\n" + wrap(b64(6, 500), 60, "    ") + "\nDone", "a\n\n    …\nDone", "1 block of base64 left out"},
		"lines without padding": {wrap(strings.TrimRight(b64(7, 400), "="), 64, "") + "\nEnd", "…\nEnd", "1 block of base64 left out"},
		"lines of hexadecimals": {wrap(hex.EncodeToString(random(8, 300)), 60, ""), "…", "1 block of hexadecimal digits left out"},
		"one line":              {"key " + b64(9, 600) + " y", "key … y", "1 block of base64 left out"},
		"base64url":             {"t " + base64.RawURLEncoding.EncodeToString(random(10, 120)) + " y", "t … y", "1 long token left out"},
		"base32":                {"t " + base32.StdEncoding.EncodeToString(random(11, 80)) + " y", "t … y", "1 long token left out"},
		"SHA-512":               {"sum " + sha512 + " y", "sum … y", "1 long token left out"},
		"a signed address":      {"https://a.b/report?sig=" + base64.RawURLEncoding.EncodeToString(random(12, 90)) + "&x=1", "https://a.b/report?…&x=1", "1 long token left out"},
		"minified JavaScript":   {"Then:\n\n```js\n" + strings.Repeat(minifiedJS, 10) + "\n```", "Then:\n\n```js\n…\n```", "1 minified line left out"},
		"minified CSS":          {strings.Repeat(`.a-b{color:#fff;margin:0 auto}.c>d{padding:1px;border:none}`, 20), "…", "1 minified line left out"},
		"JSON behind words":     {"The answer is " + geo + " as said", "The answer is … as said", "1 minified line left out"},
		"short statements":      {strings.Repeat("function a(b){return b*2;}var c=a(3);", 40), "function …", "1 minified line left out"},
		"JSON with spaces":      {"See: {" + strings.Repeat(`"k": 1, "name": "x", "list": [1, 2.5], `, 40) + `"z": 0} there`, "See: … there", "1 minified line left out"},
		"several kinds":         {"![](data:image/png;base64," + picture + ")\n" + sha512 + "\n![](data:image/png;base64," + picture + ")", "![](…)\n…\n![](…)", "2 embedded images, 1 long token left out"},
	} {
		t.Run(name, func(t *testing.T) {
			got, found := Mask([]byte(tt.text), 0)
			if text := string(Elide(got)); text != tt.want || found.String() != tt.found {
				t.Errorf("%q, %s\nwant %q, %s", text, found, tt.want, tt.found)
			}
		})
	}
}

// Of the shortest tokens that are longer than a word nearly all are told from names.
func TestRandomTokens(t *testing.T) {
	const n = 2000
	for name, encode := range map[string]func([]byte) string{
		"base64": base64.StdEncoding.EncodeToString, "base64url": base64.RawURLEncoding.EncodeToString, "base32": base32.StdEncoding.EncodeToString, "hexadecimal": hex.EncodeToString,
	} {
		missed := 0
		for i := range uint64(n) {
			token := encode(random(i, 60))[:longestWord+2]
			if _, found := Mask([]byte("a "+token+" b"), 0); found[long] != 1 {
				missed++
			}
		}
		for size := 100; size < 100_000; size *= 2 { // however long
			if got, _ := Mask([]byte(encode(random(uint64(size), size))), 0); Size(got) != 0 {
				t.Errorf("%s: %d bytes are left of %d", name, Size(got), size)
			}
		}
		if missed > n/50 {
			t.Errorf("%s: %d of %d are taken for words", name, missed, n)
		}
	}
}

// Wherever base64 is broken into lines, and however these are quoted, no more is left than a tail that may be a word.
func TestRandomLines(t *testing.T) {
	for i := range uint64(500) {
		r := rand.New(rand.NewPCG(i, 1))
		prefix := []string{"", "    ", "> ", "\t"}[r.IntN(4)]
		text := wrap(b64(i, 100+r.IntN(3000)), []int{60, 64, 70, 76}[r.IntN(4)], prefix)
		got, found := Mask([]byte("words\n\n"+text+"\n\nwords"), 0)
		left := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(string(Elide(got)), "words\n\n"), "\n\nwords"), prefix+ellipsis, "")
		if left = strings.TrimSpace(left); len(left) > 4+len(prefix) || found[block] != 1 {
			t.Errorf("%d: %v, %.80q is left of %.80q", i, found, left, text)
		}
	}
}

// What people write stays, however long it is.
func TestNoData(t *testing.T) {
	sum := sha256.Sum256([]byte("x"))
	hash := hex.EncodeToString(sum[:])
	for name, text := range map[string]string{
		"a long address":          "https://www.example.org/documentation/2024/05/how-to-write-a-very-long-title-that-people-put-in-an-address/part-2?utm_source=newsletter&utm_campaign=spring2024#section-12",
		"an address of words":     "https://a.b/" + strings.Repeat("word-and-word/", 40),
		"addresses on one line":   strings.Repeat("[![Build](https://github.com/a/b/actions/workflows/ci.yml/badge.svg)](https://github.com/a/b/actions) ", 20),
		"hashes":                  hash + "\n" + hash + "\n" + hash[:40] + "\n" + hash[:40],
		"hashes in a table":       "| " + hash + " | a |\n| sha256:" + hash + " | b |",
		"a list of UUIDs":         strings.Repeat("7e4ac07f-3b2d-9c1a-5e6f-708192a3b4c5\n", 5),
		"UUIDs that are joined":   strings.Repeat("7e4ac07f-3b2d-9c1a-5e6f-708192a3b4c5-", 4),
		"a German word":           "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetzesverordnungsentwurfsbesprechungsprotokoll und Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
		"a Welsh name":            "LlanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogochLlanfairpwllgwyngyll",
		"Chinese":                 strings.Repeat("今日は天気がいいので散歩に行きましょう。", 100),
		"Thai":                    strings.Repeat("วันนี้อากาศดีมากเราไปเดินเล่นกัน", 60),
		"DNA":                     strings.Repeat("ACGTTGCA", 40),
		"a protein on lines":      wrap(strings.Repeat("MKTAYIAKQRQISFVKSHFSRQ", 30), 60, ""),
		"a protein":               strings.Repeat("MKTAYIAKQRQISFVKSHFSRQ", 8),
		"digits":                  strings.Repeat("3141592653589793238", 10),
		"bits":                    strings.Repeat("01101001", 30),
		"an identifier":           "TestThatAVeryLongIdentifierOfSomebodyWhoNamesEverythingByWhatItDoesIsNotTakenForData2",
		"numbers in identifiers":  "convertUtf8ToUtf16AndBackAgainWithIso88591FallbackForWindows1252EncodedTextOfVersion2Files",
		"a constant":              "AMALFA_SOME_VERY_LONG_NAME_OF_A_VARIABLE_THAT_NOBODY_SHOULD_EVER_HAVE_TO_TYPE_IN_FULL_2024",
		"a file's path":           "/usr/local/share/applications/org.example.project2024/resources/icons/hicolor/256x256/apps/thing-v1.2.3.png",
		"addresses of commits":    strings.Repeat("([1144978](https://github.com/googleapis/google-cloud-go/commit/11449782c7fb4896bf8b8b9cde8e7441c84fb2fd)) ", 30),
		"an address of a table":   "https://docs.google.com/spreadsheets/d/1nuNE2nPfuINCZJRMt6wFWhKpToF95I47XjSsc-1rbPQ/edit",
		"a name of a linker":      "_ZN2v88internal9Execution4CallEPNS0_7IsolateENS0_6HandleINS0_6ObjectEEES6_iPS6_",
		"a program as an address": "node --import 'data:text/javascript,import { register } from \"node:module\"; register();' run.js",
		"a rule":                  strings.Repeat("-", 200) + "\n" + strings.Repeat("=", 200) + "\n" + strings.Repeat("a", 3000),
		"ASCII art":               strings.Repeat("+-----+=====+/_/_/_/_\\_\\_\\_\\---+\n", 5),
		"a long table row":        "|" + strings.Repeat(" some words of a cell | 12.5 |", 80),
		"a paragraph on one line": strings.Repeat("People write paragraphs without a break; \"quoted\" words stand in them, and { braces } = now and then. ", 40),
		"JSON with prose":         `{"notes": [` + strings.Repeat(`{"text": "People write notes of several words into the values of a JSON file, too"}, `, 30) + `]}`,
		"HTML with prose":         strings.Repeat(`<p class="a">People write prose in <b>HTML</b> too</p>`, 40),
		"code of many lines":      strings.Repeat("for (let i = 0; i < n; i++) { a[i] = b[i]; }\n", 60),
		"numbers in quotes":       `"1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22"`,
		"hosts in code":           "`10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7`",
		"dates in quotes":         `"2024-01-01 2024-02-02 2024-03-03 2024-04-04 2024-05-05 2024-06-06 2024-07-07"`,
		"about data:":             "Write `data:image/png;base64,…` or data:text/plain,hi, and metadata:image/png;base64,iVBORw0KGgoAAAANSUhEUg stays",
		"the word data":           "data: a, b, c and data:image are words",
		"a short path":            `<path d="M0 0 L10 10 z"/>`,
		"armor without a key":     "-----BEGIN NOTE-----\nplain words, as people write\n-----END NOTE-----",
		"words on lines":          strings.Repeat("Internationalization", 4) + "\n" + strings.Repeat("Internationalization", 4),
		"many tags":               strings.Repeat("#project/alpha2/beta3 ", 60),
		"a formula":               strings.Repeat(`\frac{a_{1}}{b^{2}}+\sum_{i=0}^{n}x_i `, 40),
		"emoji":                   strings.Repeat("👩‍👩‍👧‍👦", 100),
	} {
		t.Run(name, func(t *testing.T) {
			if got, found := Mask([]byte(text), 0); string(got) != text || found != (Found{}) {
				t.Errorf("%s: %q", found, Elide(got))
			}
		})
	}
}

// The front matter is not looked at, and what stands there is no reason to copy the text.
func TestMaskBegins(t *testing.T) {
	text := []byte("image: data:image/png;base64," + b64(1, 100) + "\n")
	if got, found := Mask(text, len(text)); &got[0] != &text[0] || found.String() != "" {
		t.Error(found)
	}
	if got, _ := Mask(append(text, "x"...), 20); got[0] != 'i' {
		t.Errorf("%q", got)
	}
}

// bombs are pieces of texts that make a careless search look back or ahead again and again.
var bombs = []string{
	"data:image/png;base64,", "\"data:a/b,", "'data:a/b,\"", "(data:a/b,<svg", "data:", "d", "a", "aB3", "\"", "\"M1 ", "'", "-----BEGIN A-----\n", "-----BEGIN A-----\nabc\n", "<svg", "a b{};=",
	"{", "aB3dE5gH1jK2mN4pQ6sT8vW0yZaB3dE5gH1jK2mN4pQ6sT8vW0yZ\n", "aB3dE5gH1jK2mN4pQ6sT8vW0yZaB3dE5gH1jK2mN4pQ6sT8vW0yZ\naB3\n", "\xff", " \n",
}

func TestBombs(t *testing.T) {
	for _, piece := range bombs {
		text := []byte(strings.Repeat(piece, 1<<20/len(piece)))
		got, _ := Mask(text, 0)
		if Elide(got); len(got) != len(text) {
			t.Errorf("%q", piece)
		}
	}
}

func FuzzMask(f *testing.F) {
	for i, piece := range bombs {
		f.Add(strings.Repeat(piece, 1+200/len(piece)), i)
	}
	f.Add("x ![g](data:image/png;base64,"+b64(1, 60)+") y\n<path d='"+drawn(20)+"'>\n"+wrap(b64(2, 200), 64, "> "), 3)
	f.Fuzz(func(t *testing.T, text string, start int) {
		if !utf8.ValidString(text) || start < 0 || start > len(text) {
			return
		}
		got, found := Mask([]byte(text), start)
		if len(got) != len(text) || string(got[:start]) != text[:start] {
			t.Fatal("positions moved")
		}
		for i, c := range got {
			if c != text[i] && (c != Masked || text[i] == '\n') {
				t.Fatalf("byte %d: %q became %q", i, text[i], c)
			}
		}
		if (found == Found{}) != (string(got) == text) {
			t.Fatalf("%v of %q", found, got)
		}
		if read := Elide(got); !utf8.Valid(read) || bytes.Count(read, []byte("\n")) > strings.Count(text, "\n") {
			t.Fatalf("%q", read)
		}
		if again, more := Mask(got, start); more != (Found{}) {
			t.Fatalf("%v of what is masked: %q", more, again)
		}
	})
}

// BenchmarkMask is over prose, in which there is nothing to find.
func BenchmarkMask(b *testing.B) {
	text := []byte(strings.Repeat("People write paragraphs of \"some\" length, with [links](https://a.b/c) and `code`; it's long.\n\n- and\n- lists\n", 1000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Mask(text, 0)
	}
}
