package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"amalfa/models"
	"amalfa/services/dashboard"
)

// platforms are those whose programs may hold a module that the others do not.
var platforms = []string{"linux/amd64", "linux/arm64", "darwin/arm64", "darwin/amd64", "windows/amd64"}

// A thirdParty is something of others that the program is made of.
type thirdParty struct{ name, version, licence, text string }

// TestThirdParty keeps THIRD_PARTY.md equal to what the program is made of: go test -run TestThirdParty -update .
func TestThirdParty(t *testing.T) {
	const path = "THIRD_PARTY.md"
	fresh := thirdParties(t)
	if *update {
		if err := os.WriteFile(path, fresh, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, fresh) {
		t.Errorf("%s is stale: go test -run TestThirdParty -update .", path)
	}
}

func thirdParties(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("# What amalfa is made of\n\nMade by `go test -run TestThirdParty -update .` from the modules that the program links on any platform, and from\n" +
		"the catalogue of models. The texts of the licences stand below, each once.\n\n## Modules\n\n| module | version | licence |\n| --- | --- | --- |\n")
	notice, err := os.ReadFile("models/fetch/notice.txt")
	if err != nil {
		t.Fatal(err)
	}
	parts := modules(t)
	for _, p := range parts {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p.name, p.version, p.licence)
	}
	b.WriteString("\n## On the dashboard\n\n| package of npm | version | licence |\n| --- | --- | --- |\n")
	for _, p := range pageParts(t) {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p.name, p.version, p.licence)
		parts = append(parts, p)
	}
	b.WriteString("\n## In the full program\n\nThe notices of the runtime's own parts travel with it: `amalfa version --notices`.\n\n| what | version | licence |\n| --- | --- | --- |\n")
	for _, lib := range models.Libraries("linux", "amd64") {
		fmt.Fprintf(&b, "| ONNX Runtime | %s | MIT |\n", lib.Version)
	}
	b.WriteString("| BAAI/bge-small-en-v1.5 and its tokenizer | | MIT |\n")
	b.WriteString("\n## Models that can be fetched\n\nThey are no part of the program: their authors' licences hold for who fetches them.\n\n| model | licence |\n| --- | --- |\n")
	for _, m := range slices.Concat(models.Catalogue(), models.Rerankers()) {
		fmt.Fprintf(&b, "| %s | %s |\n", m.Name, m.License)
	}
	b.WriteString("\n## Texts\n")
	of := map[string][]string{}
	for _, p := range parts {
		of[p.text] = append(of[p.text], p.name)
	}
	texts := make([]string, 0, len(of))
	for text := range of {
		texts = append(texts, text)
	}
	slices.SortFunc(texts, func(a, b string) int { return cmp.Compare(of[a][0], of[b][0]) })
	for _, text := range texts {
		fmt.Fprintf(&b, "\n### %s\n\n%s", strings.Join(of[text], ", "), quoted(text))
	}
	fmt.Fprintf(&b, "\n### The full program\n\n%s", quoted(string(notice)))
	return b.Bytes()
}

// pageParts are those of npm that the dashboard's page loads.
func pageParts(t *testing.T) (out []thirdParty) {
	t.Helper()
	for _, p := range dashboard.Parts() {
		for _, f := range p.Files {
			if !strings.HasSuffix(f.Name, "LICENSE.txt") {
				continue
			}
			text, err := os.ReadFile(filepath.Join("services/dashboard/assets/vendor", f.Name))
			if err != nil {
				t.Fatal(err)
			}
			if got := licenceName(t, p.Package, string(text)); got != p.Licence {
				t.Errorf("the licence of %s is %s, not %s", p.Package, got, p.Licence)
			}
			out = append(out, thirdParty{p.Package, p.Version, p.Licence, strings.TrimSpace(string(text)) + "\n\n"})
		}
	}
	return out
}

// quoted sets a text as it is, whatever it holds.
func quoted(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text)) {
		if line = strings.TrimRight(line, " \t\r\n\f"); line != "" {
			line = "    " + strings.ReplaceAll(line, "\f", "")
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// modules are those of all packages that the program links.
func modules(t *testing.T) []thirdParty {
	t.Helper()
	type module struct{ Path, Version, Dir string }
	found := map[string]module{}
	for _, platform := range platforms {
		system, arch, _ := strings.Cut(platform, "/")
		cmd := exec.Command("go", "list", "-deps", "-tags", "amalfa_full", "-json=Module", ".")
		cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+arch, "CGO_ENABLED=1", "GOFLAGS=-mod=readonly")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list for %s: %v", platform, err)
		}
		for list := json.NewDecoder(bytes.NewReader(out)); ; {
			var p struct{ Module *module }
			if err := list.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if p.Module != nil && p.Module.Version != "" {
				found[p.Module.Path] = *p.Module
			}
		}
	}
	var out []thirdParty
	for _, m := range found {
		text := licenceText(t, m.Dir)
		out = append(out, thirdParty{m.Path, m.Version, licenceName(t, m.Path, text), text})
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	text := licenceText(t, strings.TrimSpace(string(goroot)))
	out = append(out, thirdParty{"Go's runtime and standard library", "", licenceName(t, "Go", text), text})
	slices.SortFunc(out, func(a, b thirdParty) int { return cmp.Compare(a.name, b.name) })
	return out
}

// licenceText is what a module says of its licence, all files together.
func licenceText(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, "LICENSE") && !strings.HasPrefix(name, "LICENCE") && !strings.HasPrefix(name, "COPYING") && !strings.HasPrefix(name, "NOTICE") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b.Write(bytes.TrimSpace(data))
		b.WriteString("\n\n")
	}
	if b.Len() == 0 {
		t.Errorf("%s has no licence", dir)
	}
	return b.String()
}

// licences are told by a sentence that only their text has.
var licences = []struct{ name, sentence string }{
	{"Apache-2.0", "Apache License"},
	{"MPL-2.0", "Mozilla Public License"},
	{"BSD-3-Clause", "Neither the name"},
	{"BSD-3-Clause", "may not be used to endorse"},
	{"BSD-2-Clause", "Redistributions in binary form"},
	{"MIT", "Permission is hereby granted, free of charge"},
	{"ISC", "Permission to use, copy, modify, and/or distribute"},
	{"ISC", "Permission to use, copy, modify, and distribute"},
}

// licenceName fails for what it does not know: a person has to look at it.
func licenceName(t *testing.T, module, text string) string {
	t.Helper()
	flat := strings.Join(strings.Fields(text), " ")
	var names []string
	for _, l := range licences {
		if strings.Contains(flat, l.sentence) && !slices.Contains(names, l.name) {
			if l.name == "BSD-2-Clause" && slices.Contains(names, "BSD-3-Clause") {
				continue
			}
			names = append(names, l.name)
		}
	}
	if len(names) == 0 {
		t.Errorf("the licence of %s is none of those we know:\n%.500s", module, text)
	}
	return strings.Join(names, ", ")
}
