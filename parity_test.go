package main

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

const parityPage = "docs/parity.md"

var (
	namedScript = regexp.MustCompile("`([a-z0-9-]+\\.txtar)`")
	namedTest   = regexp.MustCompile("\\[`((?:Test|Fuzz)[A-Za-z_]+)`\\]\\(((?:\\.\\./)[a-z_/]+_test\\.go)\\)")
)

// earlier is the surface of the earlier system: its commands, routes, tools, resource, tasks, services and files, as people and agents have typed
// them. Each has a row that says what became of it.
var earlier = strings.Fields(`init serve search read explore list-sources find-gaps inject-tags stats validate verify doctor setup-mcp setup-python watcher
	vector reranker sonar chat ember squash servers stop-all kill scripts ssr-docs dashboard enhance harvest harvest-lexicon
	--limit --rerank --json --relation --orphans --graph --dot --dry-run --batch --doc --strategy --pattern --threshold --force
	/health /embed /rerank /chat /metadata/enhance /metadata/batch /graph/stats /graph/explore /search/analyze /search/rerank /search/context
	/legacy /public /css /js /index.json /docs /resonance.db /api/stats /api/services /api/harvest /api/runs /api/stream /api/cli /lexicon /graph /about
	/brutalisimo /doc /api/config /events /api/history /api/step /api/run
	search_documents read_node_content explore_links list_directory_structure find_gaps inject_tags scratchpad_read scratchpad_list ember_extract
	amalfa://stats/summary synthesis timeline enhance_batch garden research
	VECTOR_PORT EMBEDDING_MODEL excludePatterns embeddings.model sonar.host sonar.cloud sonar.tasks .ember.json .amalfa/sessions stats-history.json`)

// TestParity holds that each row of the page names a test which shows it, that these are there, and that no part of the earlier surface lacks a row.
func TestParity(t *testing.T) {
	rows, surface := 0, ""
	for n, line := range lines(t, parityPage) {
		for _, m := range namedScript.FindAllStringSubmatch(line, -1) {
			if _, err := os.Stat(path.Join("testdata/script", m[1])); err != nil {
				t.Errorf("%s:%d: %v", parityPage, n+1, err)
			}
		}
		cells := strings.Split(strings.ReplaceAll(line, `\|`, "/"), "|")
		if len(cells) != 5 || strings.HasPrefix(line, "| ---") || strings.HasPrefix(line, "| earlier |") {
			continue
		}
		rows++
		surface += cells[1] + "\n"
		shown := cells[3]
		if !namedScript.MatchString(shown) && !namedTest.MatchString(shown) {
			t.Errorf("%s:%d: no test shows %s", parityPage, n+1, strings.TrimSpace(cells[1]))
		}
		for _, m := range namedTest.FindAllStringSubmatch(shown, -1) {
			if file := path.Join("docs", m[2]); !declared(t, file)[m[1]] {
				t.Errorf("%s:%d: %s declares no %s", parityPage, n+1, file, m[1])
			}
		}
	}
	if rows < 100 {
		t.Errorf("only %d rows were found: has their form changed?", rows)
	}
	for _, word := range earlier {
		if !strings.Contains(surface, word) {
			t.Errorf("%s has no row for %s", parityPage, word)
		}
	}
}
