package main

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pagesMade are the pages that are made from the code, whole or in part, with the test that fails where one is stale.
var pagesMade = map[string]string{
	"README.md": "cli/readme_test.go TestReadmeTables", "THIRD_PARTY.md": "third_party_test.go TestThirdParty",
	"docs/architecture.md": "rules_test.go TestArchitecture", "docs/commands.md": "cli/help_pages_test.go TestCommandsPage",
	"docs/http.md": "services/vector/routes_test.go TestRoutes", "docs/mcp.md": "services/mcp/page_test.go TestPage",
	"docs/parity.md": "parity_test.go TestParity", "docs/ports.md": "cli/readme_test.go TestPortsPage",
	"docs/settings.md": "cli/readme_test.go TestSettingsPage",
	"docs/tasks.md":    "testdata/script/pages.txtar", "docs/ember.md": "testdata/script/pages.txtar",
	"docs/team.md": "testdata/script/team/page.txtar",
}

// pagesWritten are written by hand: their links, and the commands that they name, are held by tests of all pages.
var pagesWritten = []string{"docs/contributing.md", "docs/dialects.md", "docs/edits.md", "docs/front-matter.md", "docs/graph.md", "docs/rough-edges.md",
	"docs/model-servers.md", "docs/search.md", "docs/security-exceptions.md", "docs/services-playbook.md", "docs/team-access.md", "docs/comparison.md"}

// TestTreeOfPages holds that each page is one or the other, and that the tests which hold them are there.
func TestTreeOfPages(t *testing.T) {
	there := []string{"README.md", "THIRD_PARTY.md"}
	files, err := os.ReadDir("docs")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if path.Ext(f.Name()) == ".md" {
			there = append(there, "docs/"+f.Name())
		}
	}
	for _, page := range there {
		holder := pagesMade[page]
		if (holder != "") == slices.Contains(pagesWritten, page) {
			t.Errorf("%s is either made from the code, with the test that holds it, or written by hand: say which in pages_test.go", page)
		}
		file, test, named := strings.Cut(holder, " ")
		if holder == "" {
			continue
		}
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s: %v", page, err)
		} else if named && !declared(t, file)[test] {
			t.Errorf("%s is held by %s, which %s does not declare", page, test, file)
		}
	}
	for page := range pagesMade {
		if !slices.Contains(there, page) {
			t.Errorf("%s is not there", page)
		}
	}
}

// pagesOfAll are the texts that people read, all of docs among them.
func pagesOfAll(t *testing.T) (files []string) {
	t.Helper()
	walk(t, func(file string) {
		if path.Ext(file) == ".md" && (!strings.Contains(file, "/") || strings.HasPrefix(file, "docs/")) {
			files = append(files, file)
		}
	})
	return files
}

var (
	inCode     = regexp.MustCompile("`([^`\n]+)`")
	taskNamed  = regexp.MustCompile(`^task ([a-z-]+)$`)
	taskOf     = regexp.MustCompile(`(?m)^  ([a-z-]+):$`)
	ofGoTest   = regexp.MustCompile(`-(run|bench)[ =](?:'([^']*)'|(\S+))`)
	folderOf   = regexp.MustCompile(`(?:^| )\./([a-z/]+?)(?:/\.\.\.)?(?: |$)`)
	testOfCode = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz)\w*)\(`)
)

// TestCommandsOfPages holds that what pages name to measure or to try a thing exists: tasks, and the tests and benchmarks of go test.
func TestCommandsOfPages(t *testing.T) {
	taskfile, err := os.ReadFile("Taskfile.yml")
	if err != nil {
		t.Fatal(err)
	}
	tasks := map[string]bool{}
	for _, m := range taskOf.FindAllStringSubmatch(string(taskfile), -1) {
		tasks[m[1]] = true
	}
	tests := testsOfCode(t)
	found := 0
	for _, page := range pagesOfAll(t) {
		for n, line := range lines(t, page) {
			for _, m := range inCode.FindAllStringSubmatch(line, -1) {
				code := strings.ReplaceAll(m[1], `\|`, "|") // in a table
				if task := taskNamed.FindStringSubmatch(code); task != nil && code != "task show" {
					found++
					if !tasks[task[1]] {
						t.Errorf("%s:%d: Taskfile.yml has no task %s", page, n+1, task[1])
					}
				}
				found += checkGoTest(t, tests, page, n+1, code)
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d commands were found: has their form changed?", found)
	}
}

// checkGoTest checks the patterns of a command of go test, and returns how many it has.
func checkGoTest(t *testing.T, tests map[string][]string, page string, n int, code string) (found int) {
	t.Helper()
	if !strings.Contains(code, "go test") && !strings.HasPrefix(code, "-bench ") {
		return 0
	}
	dir := "" // any
	if m := folderOf.FindStringSubmatch(code); m != nil && m[1] != "services/NAME" {
		dir = m[1]
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("%s:%d: %s: %v", page, n, code, err)
		}
	} else if strings.HasSuffix(code, " .") {
		dir = "."
	}
	for _, m := range ofGoTest.FindAllStringSubmatch(code, -1) {
		pattern, _, _ := strings.Cut(m[2]+m[3], "/")
		if pattern == "^$" || pattern == "-" || pattern == "xxx" || pattern == "X" {
			continue
		}
		found++
		kind := map[string]string{"run": "Test|Fuzz", "bench": "Benchmark"}[m[1]]
		if !named(tests, dir, kind, pattern) {
			t.Errorf("%s:%d: %s: nothing in %q has the name %s", page, n, code, dir, pattern)
		}
	}
	return found
}

func named(tests map[string][]string, dir, kind, pattern string) bool {
	name, err := regexp.Compile(pattern)
	if err != nil {
		return false
	}
	prefix := regexp.MustCompile("^(" + kind + ")")
	for at, all := range tests {
		if dir != "" && at != dir && !strings.HasPrefix(at, dir+"/") {
			continue
		}
		if slices.ContainsFunc(all, func(test string) bool { return prefix.MatchString(test) && name.MatchString(test) }) {
			return true
		}
	}
	return false
}

// testsOfCode are the names of all tests, benchmarks and fuzz targets, by folder.
func testsOfCode(t *testing.T) map[string][]string {
	t.Helper()
	tests := map[string][]string{}
	for dir, files := range goFiles(t) {
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				continue
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range testOfCode.FindAllStringSubmatch(string(data), -1) {
				tests[dir] = append(tests[dir], m[1])
			}
		}
	}
	return tests
}

// TestTwoClicksToAScore holds that a newcomer comes from README by the page on the architecture to the functions that a hit's score comes from.
func TestTwoClicksToAScore(t *testing.T) {
	readme := strings.Join(lines(t, "README.md"), "\n")
	if !strings.Contains(readme, "](docs/architecture.md)") || !strings.Contains(readme, "where the score of a hit comes from") {
		t.Error("README does not say that docs/architecture.md leads to where a hit's score comes from")
	}
	page := strings.Join(lines(t, "docs/architecture.md"), "\n")
	_, life, _ := strings.Cut(page, "## The life of a question")
	life, _, _ = strings.Cut(life, "\n## ")
	if !strings.Contains(life, "score") {
		t.Error("the life of a question says nothing of the score")
	}
	for _, function := range []string{"Snapshot.Search", "Snapshot.Nearest", "fuse", "rankAgain", "smooth", "run.rerank", "run.hits"} {
		if !strings.Contains(life, "[`"+function+"`](") { // TestLinksToSource holds that it leads there
			t.Errorf("the life of a question has no link to %s", function)
		}
	}
}
