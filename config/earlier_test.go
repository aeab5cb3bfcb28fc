package config

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// earlierSettings is a file of the system that amalfa follows, with each of its keys.
const earlierSettings = "testdata/earlier.json"

// earlierList has every variable that it read or documented.
var earlierList = strings.Fields(`VECTOR_PORT RERANKER_PORT SONAR_PORT EMBEDDING_MODEL LOG_LEVEL OPENROUTER_API_KEY GEMINI_API_KEY LANGEXTRACT_PROVIDER AMALFA_PIPE_ROOT
	AMALFA_DB_PATH PORT DATABASE_PATH DEBUG`)

// TestEarlierNames walks all keys and variables of the earlier system: each counts, counts under another name, or is named with a reason.
func TestEarlierNames(t *testing.T) {
	rows, keys := EarlierNames(), Keys()
	leaves, err := read(earlierSettings)
	if err != nil || len(leaves) < 50 {
		t.Fatalf("%d keys, %v", len(leaves), err)
	}
	used := map[string]bool{}
	for _, at := range leaves {
		row, ok := earlier(rows, at.Path)
		isKey := slices.ContainsFunc(keys, func(k Key) bool { return k.Path == at.Path })
		if !ok || row.Now == "" && row.Why == "" || isKey != (row.Now == row.Name) {
			t.Errorf("%s: %+v, a key: %t", at.Path, row, isKey)
		}
		used[row.Name] = true
	}
	for _, name := range earlierList {
		if !slices.ContainsFunc(rows, func(row Earlier) bool { return row.Variable && row.Name == name }) {
			t.Errorf("%s has no row", name)
		}
		used[name] = true
	}
	for _, row := range rows {
		if _, isKey := Lookup(row.Now); row.Now != "" && !isKey && row.Now != row.Name {
			t.Errorf("%s is now %s, which is no key", row.Name, row.Now)
		}
		if !used[row.Name] {
			t.Errorf("%s is in no file of the earlier system", row.Name)
		}
	}
}

// TestEarlierFile loads that file as the user's and as a project's: nothing is unusable, nothing is called unknown, what counts counts.
func TestEarlierFile(t *testing.T) {
	text, err := os.ReadFile(earlierSettings)
	if err != nil {
		t.Fatal(err)
	}
	for _, stranger := range []bool{false, true} {
		l := LoadText("file", text, stranger)
		if len(l.Problems) > 0 {
			t.Errorf("stranger %t: %v", stranger, l.Problems)
		}
		for _, i := range l.Ignored {
			if strings.Contains(i.Why, "not a setting") {
				t.Errorf("%s: %s", i.Name, i.Why)
			}
		}
		if l.Sources[0] != "./docs" || l.ExcludePatterns[0] != "node_modules" {
			t.Errorf("%+v", l.Settings)
		}
		if cloud := l.Sonar.APIKey == "sk-earlier" && l.Sonar.Provider == "openrouter" && l.Sonar.Host == "https://openrouter.ai/api/v1"; cloud == stranger {
			t.Errorf("stranger %t: %+v", stranger, l.Sonar)
		}
	}
}

// TestEarlierValues has what the values of the earlier names become.
func TestEarlierValues(t *testing.T) {
	for text, want := range map[string]map[string]any{
		`{"source": "notes"}`:                                                   {"sources": []any{"notes"}},
		`{"source": ["a", "b"]}`:                                                {"sources": []any{"a", "b"}},
		`{"source": "a", "sources": []}`:                                        {"sources": []any{}},
		`{"sonar": {"cloud": {"enabled": true}}}`:                               {"sonar.host": openRouter, "sonar.provider": ""},
		`{"sonar": {"cloud": {"enabled": false, "apiKey": "k", "model": "m"}}}`: {"sonar.host": "", "sonar.apiKey": "", "sonar.model": ""},
		`{"sonar": {"cloud": {"apiKey": "k"}}}`:                                 {"sonar.apiKey": ""},
		`{"sonar": {"cloud": {"enabled": true, "provider": "openrouter", "host": "openrouter.ai/api/v1"}}}`:   {"sonar.host": openRouter, "sonar.provider": "openrouter"},
		`{"sonar": {"cloud": {"enabled": true, "provider": "ollama", "host": "box:11434", "model": "qwen"}}}`: {"sonar.host": "box:11434", "sonar.provider": "ollama", "sonar.model": "qwen"},
		`{"sonar": {"model": "mine", "cloud": {"enabled": true, "model": "theirs"}}}`:                         {"sonar.model": "theirs"},
		`{"sonar": {"host": "localhost:11434", "cloud": {"enabled": true, "host": "https://x.example/v1"}}}`:  {"sonar.host": "https://x.example/v1"},
		`{"sonar": {"cloud": {"enabled": false, "host": "x.example"}, "host": "localhost:11434"}}`:            {"sonar.host": "localhost:11434"},
		`{"scratchpad": {"thresholdBytes": 8192, "previewLength": 100}, "watch": {"enabled": false}}`:         {"scratchpad.thresholdBytes": 8192.0, "watch.enabled": false},
	} {
		l := LoadText("file", []byte(text), false)
		for path, value := range want {
			if v, ok := l.Get(path); !ok || !same(v.Value, value) {
				t.Errorf("%s: %s is %v, want %v", text, path, v.Value, value)
			}
		}
		if len(l.Problems) > 0 {
			t.Errorf("%s: %v", text, l.Problems)
		}
	}
}

// TestSecretsAreNotShown looks for a key and a password in all that may be printed.
func TestSecretsAreNotShown(t *testing.T) {
	text := `{"sonar": {"apiKey": "sk-123456789", "host": "https://me:hunter22@example.org/v1", "cloud": {"apiKey": "sk-123456789"}}}`
	l := LoadText("file", []byte(text), false)
	var shown []any
	for _, v := range l.Values {
		shown = append(shown, v.Shown())
	}
	out, err := json.Marshal(shown)
	if err != nil || strings.Contains(string(out), "123456789") || strings.Contains(string(out), "hunter22") || !strings.Contains(string(out), hidden) {
		t.Errorf("%v %s", err, out)
	}
	stranger := LoadText("file", []byte(text), true)
	for _, i := range append(stranger.Ignored, l.Ignored...) {
		if strings.Contains(i.Why+i.Hint, "123456789") {
			t.Errorf("%+v", i)
		}
	}
}
