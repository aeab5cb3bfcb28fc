package tokenizer

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// markdown returns every Markdown file of this repository.
func markdown(t testing.TB) []string {
	t.Helper()
	var texts []string
	walk(t, "..", func(path string) {
		if strings.EqualFold(filepath.Ext(path), ".md") {
			texts = append(texts, read(t, path))
		}
	})
	return texts
}

func goRoot(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// goFiles returns each n-th file of Go's source tree and test data whole, up to limit bytes of each.
func goFiles(t testing.TB, n, limit int) []string {
	t.Helper()
	var texts []string
	count := 0
	walkGo(t, func(path string) {
		if count++; count%n == 0 {
			s := read(t, path)
			texts = append(texts, s[:min(len(s), limit)])
		}
	})
	return texts
}

// goWords returns all of Go's source tree and test data with every word left out that stood
// before, in texts of some 64 KB. Both model types end a word at white space, so nothing is lost.
func goWords(t testing.TB) []string {
	t.Helper()
	seen := make(map[string]bool)
	var texts []string
	var b strings.Builder
	walkGo(t, func(path string) {
		for line := range bytes.Lines([]byte(read(t, path))) {
			for word := range bytes.FieldsSeq(line) {
				if !seen[string(word)] {
					seen[string(word)] = true
					b.Write(word)
					b.WriteByte(' ')
				}
			}
			if b.Len() > 64<<10 {
				texts = append(texts, b.String())
				b.Reset()
			}
		}
	})
	return append(texts, b.String())
}

func walkGo(t testing.TB, visit func(path string)) {
	root := goRoot(t)
	for _, dir := range []string{"src", "test", "doc", "api", "lib", "misc"} {
		if _, err := os.Stat(filepath.Join(root, dir)); err == nil {
			walk(t, filepath.Join(root, dir), visit)
		}
	}
}

func walk(t testing.TB, root string, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			visit(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// codePoints returns texts that hold every assigned code point, and of the planes that are empty or
// private each 64th: before a letter, after one, beside a combining mark, and twice.
func codePoints() []string {
	var texts []string
	var b strings.Builder
	for r := rune(0); r <= utf8.MaxRune; r++ {
		sparse := r >= 0x33480 && r < 0xE0000 || r >= 0xE0200
		if !utf8.ValidRune(r) || sparse && r%64 != 0 {
			continue
		}
		c := string(r)
		b.WriteString("a" + c + "b " + c + " e\u0301" + c + c + "\u0301 ")
		if b.Len() > 8<<10 {
			texts = append(texts, b.String())
			b.Reset()
		}
	}
	return append(texts, b.String())
}

// everyNth thins texts out.
func everyNth(texts []string, n int) []string {
	var kept []string
	for i := 0; i < len(texts); i += n {
		kept = append(kept, texts[i])
	}
	return kept
}

// generator makes texts that are unlike anything written, from a fixed seed.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 4))} }

// scripts are ranges of letters of several scripts.
var scripts = [][2]rune{
	{'a', 'z'}, {'A', 'Z'}, {'0', '9'}, {'!', '/'}, {0xC0, 0x17F}, {0x370, 0x3FF}, {0x400, 0x4FF}, {0x590, 0x5FF},
	{0x600, 0x6FF}, {0x900, 0x97F}, {0xE00, 0xE7F}, {0x1100, 0x11FF}, {0x1E00, 0x1FFF}, {0x3040, 0x30FF},
	{0x4E00, 0x9FFF}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0xFB00, 0xFDFF}, {0xFF00, 0xFFEF}, {0x1D400, 0x1D7FF},
	{0x20000, 0x2FA1F}, {0x2000, 0x2BFF},
}

// oddities are what tokenizers stumble over.
var oddities = []string{
	" ", "  ", "\t", "\n", "\r\n", "\r\n\r\n", "\u00A0", "\u2028", "\u3000", "\u0085", "\v", "\x00", "\x07", "\x7F",
	"\u200B", "\u200D", "\u2060", "\uFEFF", "\uFFFD", "\uFE0F", "\u00AD", "\u202E", "\u0300", "\u0301", "\u0323",
	"\u0345", "\u05B0", "\u064B", "\u0651", "\u094D", "\u3099", "\u302E", "\U000E0041", "\U0001F3FD", "\u20E3",
	"👨‍👩‍👧‍👦", "🇩🇪🇫🇷🇺", "❤️", "1️⃣", "©\u200D™", "✋🏽", "e\u0301", "é", "İ", "ı", "ß", "ẞ", "ﬁ", "Ⱥ", "Ⱦ", "ς", "Σ",
	"[SEP]", "[CLS]", "[MASK]", "[UNK]", "[PAD]", "[sep]", "[ SEP ]", "[SEP", "SEP]", "[[SEP]]", "<s>", "</s>", "<mask>",
	" <mask> ", "<unk>", "<pad>", "<S>", "##ing", "##", "▁", "▁the", "\xff", "\xe2\x82", "\xe2\x82\xac", "\xc0\xaf",
	"\xed\xa0\x80", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\x80\x80\x80", "क्ष", "क्\u0301ष", "ᄒ\u1161\u11AB", "각", "각\u11A8",
	"が", "か\u3099", "ﷺ", "㌔", "Ω", "Å", "U+FE0F", "...", "--", "``", "''", "-LRB-",
}

func (g generator) text() string {
	var b strings.Builder
	for range 1 + g.IntN(24) {
		switch g.IntN(10) {
		case 0, 1, 2:
			b.WriteString(oddities[g.IntN(len(oddities))])
		case 3:
			b.WriteByte(byte(g.IntN(256)))
		case 4:
			b.WriteRune(g.any())
		case 5:
			b.WriteByte(' ')
		default:
			s := scripts[g.IntN(len(scripts))]
			for range 1 + g.IntN(8) {
				b.WriteRune(s[0] + g.Int32N(s[1]-s[0]+1))
			}
		}
	}
	return b.String()
}

// blanks returns texts of which the better part is white space, digits, contractions and runs.
func (g generator) blanks(n int) []string {
	parts := []string{" ", "  ", "   ", "\n", "\r\n", "\t", "\u00A0", "\u2003", "\u2028", "\u3000", "\v", "\u0085", "'s", "'S", "'ſ", "'ll", "'LL", "'Ve",
		"’t", "'", "1", "12", "1234567", "٣٤", "½", "a", "The", "THE", "tHe", "éa", "Ǆǅǆ", "ª", "中文", "ひらがな", "ー", "한국", "e\u0301", "\u0301", "!", "...", "/",
		"//", "_", "$", "€", "…", "。", "،", "۔", "।", "👍", "<s>", "</s>", "<mask>", "\xff", "Ġ", "▁", "\u200B", "\U0001D7D8", "ʼn", "K", "ß"}
	texts := make([]string, n)
	for i := range texts {
		var b strings.Builder
		for range 1 + g.IntN(20) {
			b.WriteString(parts[g.IntN(len(parts))])
		}
		texts[i] = b.String()
	}
	return texts
}

func (g generator) any() rune {
	for {
		if r := g.Int32N(utf8.MaxRune + 1); utf8.ValidRune(r) {
			return r
		}
	}
}

func (g generator) texts(n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = g.text()
	}
	return texts
}

// extremes are long words and long runs.
func extremes() []string {
	var texts []string
	for _, unit := range []string{"a", "ab", "é", "e\u0301", "中", "#", "a,", "\u0301", "한", "👨‍👩‍👧", "\u200B", " ", "\r\n", "[SEP]", "<s>", "ﬁ", "x\xff"} {
		for _, n := range []int{99, 100, 101, 1000, 5000} {
			texts = append(texts, strings.Repeat(unit, n))
		}
	}
	return append(texts, "", " ", "\x00", "\u0301", "\n")
}
