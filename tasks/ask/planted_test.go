package ask

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"amalfa/tasks/prompts"
)

//go:embed testdata/planted
var plantedFiles embed.FS

// A planted sentence cites a passage that supports it, or does not. Its half is that of its template: "calibration" or "held-out".
type planted struct {
	vault, half, class string
	supported          bool
	sentence           string
	passage            prompts.Passage
}

// plantedNotes is how many notes each generated vault has.
const plantedNotes = 4

// allPlanted are the sentences over the shipped vault and the two generated ones.
func allPlanted(t testing.TB) (all []planted) {
	t.Helper()
	all = shippedSentences(t)
	for _, vault := range []string{"works", "office"} {
		v := readVault(t, vault)
		for n := range plantedNotes {
			all = append(all, v.sentences(t, n)...)
		}
	}
	return all
}

// plantedSections are the parts of a file of testdata/planted, by their headings.
func plantedSections(t testing.TB, name string) map[string][]string {
	t.Helper()
	data, err := plantedFiles.ReadFile("testdata/planted/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	sections, at := map[string][]string{}, ""
	for line := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n") {
		if heading, ok := strings.CutPrefix(line, "== "); ok {
			at = heading
		} else {
			sections[at] = append(sections[at], line)
		}
	}
	return sections
}

// shippedSentences are those over the notes of the demo, whose lines are read from them.
func shippedSentences(t testing.TB) (all []planted) {
	sections := plantedSections(t, "shipped")
	for _, half := range []string{"calibration", "held-out"} {
		for _, line := range sections[half] {
			f := strings.SplitN(line, " ", 5)
			var lines [2]int
			if _, err := fmt.Sscanf(f[3], "%d-%d", &lines[0], &lines[1]); err != nil {
				t.Fatal(line, err)
			}
			data, err := os.ReadFile(filepath.Join("../../testdata/vault/notes", f[2]))
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Split(string(data), "\n")
			p := prompts.Passage{Ref: 1, ID: f[2], Lines: lines, Text: strings.Join(text[lines[0]-1:min(lines[1], len(text))], "\n")}
			all = append(all, planted{"shipped", half, f[0], f[1] == "+", f[4], p})
		}
	}
	return all
}

// A plantedVault is a template of notes and of sentences over them.
type plantedVault struct {
	name     string
	words    map[string][]string
	order    []string
	sections map[string][]string
}

func readVault(t testing.TB, name string) plantedVault {
	v := plantedVault{name: name, words: map[string][]string{}, sections: plantedSections(t, name)}
	for _, line := range v.sections["words"] {
		key, list, _ := strings.Cut(line, ": ")
		v.words[key], v.order = strings.Split(list, " | "), append(v.order, key)
	}
	return v
}

func (v plantedVault) sentences(t testing.TB, n int) (all []planted) {
	text := v.fill(t, strings.Join(v.sections["note"], "\n"), n)
	p := prompts.Passage{Ref: 1, ID: fmt.Sprintf("%s/%d.md", v.name, n), Lines: [2]int{1, strings.Count(text, "\n") + 1}, Text: text}
	for _, half := range []string{"calibration", "held-out"} {
		for _, line := range v.sections[half] {
			f := strings.SplitN(line, " ", 3)
			all = append(all, planted{v.name, half, f[0], f[1] == "+", v.fill(t, f[2], n), p})
		}
	}
	return all
}

var plantedSlot = regexp.MustCompile(`\{(\w+)('|")?(?:([,.])|\|(\w+))?\}`)

// fill puts the words of note n into a template: x' and x" are others of the list than x.
func (v plantedVault) fill(t testing.TB, s string, n int) string {
	return plantedSlot.ReplaceAllStringFunc(s, func(found string) string {
		m := plantedSlot.FindStringSubmatch(found)
		list := v.words[m[1]]
		if list == nil {
			t.Fatalf("%s has no words for %s", v.name, found)
		}
		at := n * 3
		for i, key := range v.order {
			if key == m[1] {
				at += i*7 + n/10*i
			}
		}
		return formatPlanted(list[(at+map[string]int{"": 0, "'": 3, `"`: 5}[m[2]])%len(list)], m[3]+m[4])
	})
}

// formatPlanted writes a word in another way.
func formatPlanted(s, form string) string {
	day, _ := time.Parse(time.DateOnly, s) // of the forms of dates alone
	switch form {
	case ",":
		return regexp.MustCompile(`(\d)(\d{3})$`).ReplaceAllString(s, "$1,$2")
	case ".":
		return strings.ReplaceAll(s, ",", ".")
	case "de":
		return strings.ReplaceAll(s, ".", ",")
	case "last":
		return s[strings.LastIndex(s, " ")+1:]
	case "long":
		return day.Format("2 January 2006")
	case "us":
		return day.Format("January 2, 2006")
	case "dot":
		return day.Format("02.01.2006")
	case "year":
		return day.Format("2006")
	case "wrongyear":
		return day.AddDate(3, 0, 0).Format("2006")
	}
	return s
}

// source is what the model was given.
func (p planted) source() source {
	given := p.passage
	given.Text = prompts.Sanitize(given.Text, 8<<10)
	return newSource(given, p.passage.Text)
}
