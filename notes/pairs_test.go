package notes

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPairs(t *testing.T) {
	note := "---\ntitle: T\nMax_Retries: [3]\ntags: [a, b]\n---\n# Head\n\n- **Time-out**: 30 s\nPort: `8080`  \nsee http://x\n\n```\nport: 1\n```\nNote: it is so, and so on for long.\n"
	head, err := ReadHead([]byte(note))
	if err != nil {
		t.Fatal(err)
	}
	want := []Pair{{"title", "T", 2}, {"max_retries", "3", 3}, {"time-out", "30 s", 8}, {"port", "8080", 9}, {"note", "it is so, and so on for long.", 15}}
	if d := cmp.Diff(want, Pairs([]byte(note), head)); d != "" {
		t.Error(d)
	}
}

func TestPairLines(t *testing.T) {
	for line, want := range map[string]Pair{
		"port: 1": {"port", "1", 1}, "* __Port__: **1**": {"port", "1", 1}, "1. `Port`: 1": {"port", "1", 1}, "> port: 1": {"port", "1", 1}, "- [x] port:: 1": {"port", "1", 1},
		"*Port:* 1": {"port", "1", 1}, "ポート：1": {"ポート", "1", 1}, "Prix\u00a0: 1\r\n": {"prix", "1", 1}, "users (max.): 1": {"users (max.)", "1", 1}, "node.js: 1": {"node.js", "1", 1},
		"R&D's 1st: 1": {"r&d's 1st", "1", 1}, "localhost:1": {}, "12: 30": {}, "port = 1": {}, "| port | 1 |": {},
	} {
		var got Pair
		if pairs := Pairs([]byte(line), Head{}); len(pairs) > 0 {
			got = pairs[0]
		}
		if got != want {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

func FuzzPairs(f *testing.F) {
	f.Add("---\na: 1\n---\nb: 2\n")
	f.Fuzz(func(t *testing.T, note string) {
		head, _ := ReadHead([]byte(note))
		lines := len(SplitLines(note))
		for _, p := range Pairs([]byte(note), head) {
			if p.Line < 1 || p.Line > lines+1 || p.Value == "" && p.Key == "" {
				t.Errorf("%+v of %q", p, note)
			}
		}
	})
}
