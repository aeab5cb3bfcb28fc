package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/app"
)

func TestMemoryCommands(t *testing.T) {
	open := func(t *testing.T) *testProgram { return indexed(t) }
	runCases(t, open, []commandCase{
		{name: "read", run: func(p *testProgram) error { return p.s(t).read(t.Context(), readOptions{Ref: "Luna"}) }, out: `(?s)^---.*The moon makes the tides\.\n$`},
		{name: "read lines", run: func(p *testProgram) error {
			return p.s(t).read(t.Context(), readOptions{Ref: "tides", Lines: ptrTo("3-9")})
		}, json: true,
			out: `"content": "High water[^"]*",\n  "lines": \[\n    3,\n    3\n`},
		{name: "read no such note", run: func(p *testProgram) error { return p.s(t).read(t.Context(), readOptions{Ref: "sun"}) }, err: `(?s)sun.*amalfa search`, code: codeFailed},
		{name: "read no such lines", run: func(p *testProgram) error {
			return p.s(t).read(t.Context(), readOptions{Ref: "tides", Lines: ptrTo("9-3")})
		}, err: "9-3", code: codeUsage},
		{name: "read behind the end", run: func(p *testProgram) error { return p.s(t).read(t.Context(), readOptions{Ref: "tides:7"}) }, err: "the note has 3 lines", code: codeFailed},
		{name: "multi-read", run: func(p *testProgram) error {
			return p.s(t).multiRead(t.Context(), multiReadOptions{[]string{"docs/*.md", "moon.md"}})
		}, out: `(?s)==> docs/auth.md <==.*==> docs/notes.md <==.*==> moon.md <==`},
		{name: "multi-read no pattern", run: func(p *testProgram) error { return p.s(t).multiRead(t.Context(), multiReadOptions{[]string{"docs/["}}) }, err: "not a pattern", code: codeUsage},
		{name: "stats", run: func(p *testProgram) error { return p.s(t).stats(t.Context(), statsOptions{}) }, json: true, out: `(?s)"notes": 4,.*"indexLag": {\n    "files": 0`},
		{name: "coverage", run: func(p *testProgram) error { return p.s(t).coverage(t.Context()) }, out: `indexed +4 +100.0 %`},
		{name: "changes", run: func(p *testProgram) error { return p.s(t).changes(t.Context(), changesOptions{Limit: 2}) }, out: `^ +1 .* added .*\n +2 .* added .*\n$`},
		{name: "changes after", run: func(p *testProgram) error {
			return p.s(t).changes(t.Context(), changesOptions{Since: "3", Limit: 9})
		}, json: true, out: `"cursor": 4,\n  "pruned": false`},
		{name: "changes wrong", run: func(p *testProgram) error { return p.s(t).changes(t.Context(), changesOptions{}) }, err: "--limit takes 1 or more", code: codeUsage},
		{name: "list-sources", run: func(p *testProgram) error { return p.s(t).listSources(t.Context()) }, out: `\*\.md`},
		{name: "welcome", run: func(p *testProgram) error { return p.s(t).welcome(t.Context()) }, out: `4 notes, \d+ passages, \d+ links`},
		{name: "validate", run: func(p *testProgram) error { return p.s(t).validate(t.Context(), app.ValidateOptions{}) }, out: `(?s)1 link without a note that answers.*4 notes.*: sound`},
		{name: "validate changed", run: func(p *testProgram) error {
			writeFile(t, filepath.Join(p.dir, "moon.md"), "# Moon\n\nGone.\n")
			return p.s(t).validate(t.Context(), app.ValidateOptions{})
		}, out: `moon.md changed since it was indexed`, code: codeFailed},
		{name: "inject-tags", run: func(p *testProgram) error {
			return p.s(t).injectTags(t.Context(), tagsOptions{File: "moon.md", Tags: []string{"#Night"}})
		}, json: true, out: `"added": \[\n    "[Nn]ight"\n  \],[^}]*"changed": true`},
		{name: "inject-tags dry", run: func(p *testProgram) error {
			return p.s(t).injectTags(t.Context(), tagsOptions{File: "tides.md", Tags: []string{"sea"}, DryRun: true})
		}, out: `^tides.md would get sea`},
		{name: "inject-tags no tag", run: func(p *testProgram) error {
			return p.s(t).injectTags(t.Context(), tagsOptions{File: "moon.md", Tags: []string{"?!"}})
		}, err: "inject-tags docs", code: codeUsage},
		{name: "inject-tags elsewhere", run: func(p *testProgram) error {
			return p.s(t).injectTags(t.Context(), tagsOptions{File: "../moon.md", Tags: []string{"sea"}})
		}, err: `(?s)not in the workspace.*--root`, code: codeFailed},
	})
}

func TestInit(t *testing.T) {
	open := func(t *testing.T) *testProgram { return programOver(t, notesOfTests) }
	runCases(t, open, []commandCase{
		{name: "by words", run: func(p *testProgram) error { return p.s(t).init(t.Context(), initOptions{NoDaemon: true}) }, json: true,
			out: `(?s)"files": 4,\n  "indexed": 4.*"degraded": \[\n    ".*without`},
		{name: "dry run", run: func(p *testProgram) error {
			defer func() {
				if _, err := os.Stat(filepath.Join(p.dir, ".amalfa")); err == nil {
					t.Error("it has made its folder")
				}
			}()
			return p.s(t).init(t.Context(), initOptions{DryRun: true})
		}, out: `(?s)index +4 of 4 files.*add +docs/auth.md`},
		{name: "dry run with settings", run: func(p *testProgram) error {
			return p.s(t).init(t.Context(), initOptions{DryRun: true, WriteSettings: true})
		}, err: "--dry-run writes nothing", code: codeUsage},
		{name: "settings twice", run: func(p *testProgram) error {
			p.must(t, p.s(t).init(t.Context(), initOptions{NoDaemon: true, WriteSettings: true}))
			err := p.s(t).init(t.Context(), initOptions{NoDaemon: true, WriteSettings: true})
			if !strings.Contains(p.err.String(), "left as it is") {
				t.Errorf("said %q", p.err)
			}
			return err
		}, out: `4 unchanged`},
		{name: "again by force", run: func(p *testProgram) error {
			p.must(t, p.s(t).init(t.Context(), initOptions{NoDaemon: true}))
			return p.s(t).init(t.Context(), initOptions{NoDaemon: true, Force: true})
		}, out: `4 indexed`},
		{name: "home", run: func(p *testProgram) error {
			p.root = filepath.Dir(p.dir)
			return p.s(t).init(t.Context(), initOptions{})
		}, err: `(?s)not a folder of notes.*--force`, code: codeFailed},
		{name: "no index", run: func(p *testProgram) error { return p.s(t).stats(t.Context(), statsOptions{}) }, err: `(?s)amalfa init`, code: codeUnusable},
		{name: "welcome", run: func(p *testProgram) error { return p.s(t).welcome(t.Context()) }, out: `amalfa demo`},
	})
}

func TestBackupCommands(t *testing.T) {
	p := indexed(t)
	backup, lines := filepath.Join(t.TempDir(), "index.db"), filepath.Join(t.TempDir(), "index.jsonl")
	p.must(t, p.s(t).backup(t.Context(), fileOptions{backup}))
	if err := p.s(t).backup(t.Context(), fileOptions{backup}); err == nil || classify(err).hint != "name a file that does not exist yet" {
		t.Errorf("over a file: %v", err)
	}
	p.must(t, p.s(t).export(t.Context(), fileOptions{lines}))
	if err := p.s(t).export(t.Context(), fileOptions{lines}); err == nil {
		t.Error("export wrote over a file")
	}
	if err := p.s(t).export(t.Context(), fileOptions{"-"}); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(lines); err != nil || p.out.String() != string(data) {
		t.Errorf("standard output and the file differ: %v", err)
	}
	other := programOver(t, nil)
	writeFile(t, filepath.Join(other.dir, "keep"), "")
	other.must(t, other.s(t).importIndex(t.Context(), fileOptions{lines}))
	other.in, other.json = strings.NewReader("no JSON"), true
	if err := other.s(t).importIndex(t.Context(), fileOptions{"-"}); err == nil {
		t.Error("imported what is no export")
	}
	for _, q := range []*testProgram{p, other} {
		q.must(t, q.s(t).restore(t.Context(), fileOptions{backup}))
		q.json = true
		if err := q.s(t).stats(t.Context(), statsOptions{}); err != nil || !strings.Contains(q.out.String(), `"notes": 4`) {
			t.Errorf("restored: %v\n%s", err, q.out)
		}
	}
	if err := p.s(t).restore(t.Context(), fileOptions{lines}); classify(err).code == codeDone || err == nil {
		t.Error("restored what is no index")
	}
}

func TestGraphCommands(t *testing.T) {
	open := func(t *testing.T) *testProgram { return indexed(t) }
	runCases(t, open, []commandCase{
		{name: "explore", run: func(p *testProgram) error {
			return p.s(t).explore(t.Context(), exploreOptions{Ref: "tides", Depth: 1, Limit: 10})
		}, out: `(?s)tides.md -CITES-> moon.md\n.*no such note`},
		{name: "explore depth", run: func(p *testProgram) error { return p.s(t).explore(t.Context(), exploreOptions{Ref: "tides", Limit: 1}) }, err: "--depth takes 1 to 20", code: codeUsage},
		{name: "explore limit", run: func(p *testProgram) error { return p.s(t).explore(t.Context(), exploreOptions{Ref: "tides", Depth: 1}) }, err: "--limit takes 1 or more", code: codeUsage},
		{name: "explore nothing", run: func(p *testProgram) error {
			return p.s(t).explore(t.Context(), exploreOptions{Ref: "sun", Depth: 1, Limit: 1})
		}, err: "sun", code: codeFailed},
		{name: "path", run: func(p *testProgram) error {
			return p.s(t).path(t.Context(), pathOptions{From: "tag:sky", To: "tides.md"})
		}, json: true, out: `"found": true,\n  "length": 2`},
		{name: "no path", run: func(p *testProgram) error {
			return p.s(t).path(t.Context(), pathOptions{From: "docs/auth.md", To: "tides.md"})
		}, out: "^Nothing connects"},
		{name: "no end of a path", run: func(p *testProgram) error { return p.s(t).path(t.Context(), pathOptions{From: "moon", To: "sun"}) }, err: "sun", code: codeFailed},
		{name: "gaps without vectors", run: func(p *testProgram) error { return p.s(t).findGaps(t.Context(), gapsOptions{Limit: 1, Threshold: 0.8}) }, err: "amalfa doctor", code: codeFailed},
		{name: "gaps limit", run: func(p *testProgram) error { return p.s(t).findGaps(t.Context(), gapsOptions{Limit: -1}) }, err: "--limit takes 0 to 10000", code: codeUsage},
		{name: "gaps threshold", run: func(p *testProgram) error { return p.s(t).findGaps(t.Context(), gapsOptions{Limit: 1, Threshold: 2}) }, err: "--threshold takes -1 to 1", code: codeUsage},
		{name: "related", run: func(p *testProgram) error { return p.s(t).related(t.Context(), relatedOptions{Ref: "moon", Limit: 3}) }, json: true,
			out: `(?s)"id": "tides.md".*"degraded": \[\n    "this note has no vectors`},
		{name: "related limit", run: func(p *testProgram) error { return p.s(t).related(t.Context(), relatedOptions{Ref: "moon"}) }, err: "--limit takes 1 to 200", code: codeUsage},
	})
}

func TestSearchOptions(t *testing.T) {
	open := func(t *testing.T) *testProgram { return indexed(t) }
	ask := func(change func(*searchOptions)) func(*testProgram) error {
		return func(p *testProgram) error {
			o := searchOptions{Query: "high water", Format: "table"}
			change(&o)
			return p.s(t).search(t.Context(), o)
		}
	}
	words := ptrTo("keyword")
	runCases(t, open, []commandCase{
		{name: "table", run: ask(func(o *searchOptions) { o.Mode = words }), out: `^ 1 .*tides.md:1 .*\n`},
		{name: "without a model", run: ask(func(o *searchOptions) { o.NoDaemon = true }), json: true, out: `(?s)"id": "tides.md".*"degraded": \[\n    ".*by keyword only"`},
		{name: "explained", run: ask(func(o *searchOptions) { o.Mode, o.Explain, o.Limit = words, true, ptrTo(1) }), out: `words #1`},
		{name: "paths", run: ask(func(o *searchOptions) { o.Mode, o.Format = words, "paths" }), out: `^tides.md\n`},
		{name: "csv", run: ask(func(o *searchOptions) { o.Mode, o.Format = words, "csv" }), out: `^rank,score,id`},
		{name: "xml", run: ask(func(o *searchOptions) { o.Mode, o.Format = words, "xml" }), out: `<result id="tides.md"`},
		{name: "md", run: ask(func(o *searchOptions) { o.Mode, o.Format = words, "md" }), out: `^1\. \[Tide tables\]`},
		{name: "jsonl", run: ask(func(o *searchOptions) { o.Mode, o.Format = words, "jsonl" }), out: `^{"id":"tides.md"`},
		{name: "pack", run: ask(func(o *searchOptions) { o.Mode, o.Format, o.Tokens = words, "pack", ptrTo(500) }), json: true, out: `"budget": 500,\n  "tokens": \d+,\n  "tokenizer": "an estimate`},
		{name: "nothing", run: ask(func(o *searchOptions) { o.Mode, o.Query = words, "zebra" }), out: "^No note matches"},
		{name: "empty", run: ask(func(o *searchOptions) { o.Query = " " }), err: "the question is empty", code: codeUsage},
		{name: "mode", run: ask(func(o *searchOptions) { o.Mode = ptrTo("magic") }), err: `--mode has no "magic"`, code: codeUsage},
		{name: "vectors alone", run: ask(func(o *searchOptions) { o.Mode, o.NoDaemon = ptrTo("vector"), true }), err: "no vector search", code: codeFailed},
		{name: "limit", run: ask(func(o *searchOptions) { o.Limit = ptrTo(0) }), err: "--limit takes 1 to 200", code: codeUsage},
		{name: "context", run: ask(func(o *searchOptions) { o.Context = 99 }), err: "--context takes 0 to", code: codeUsage},
		{name: "format", run: ask(func(o *searchOptions) { o.Format = "pdf" }), err: `--format has no "pdf"`, code: codeUsage},
		{name: "tokens", run: ask(func(o *searchOptions) { o.Tokens = ptrTo(9) }), err: "--tokens belongs to", code: codeUsage},
		{name: "no tokens", run: ask(func(o *searchOptions) { o.Format, o.Tokens = "pack", ptrTo(0) }), err: "--tokens takes 1 or more", code: codeUsage},
		{name: "budget", run: ask(func(o *searchOptions) { o.Budget = ptrTo(-1) }), err: "--budget-ms takes 0 or more", code: codeUsage},
		{name: "both", run: ask(func(o *searchOptions) { o.Rerank, o.NoRerank = true, true }), err: "exclude each other", code: codeUsage},
		{name: "no reranker", run: ask(func(o *searchOptions) { o.Mode, o.Rerank = words, true }), json: true, out: `reranking was skipped: .*BGE|reranking was skipped`},
		{name: "why-not", run: func(p *testProgram) error {
			return p.s(t).whyNot(t.Context(), whyNotOptions{"docs/auth.md", searchOptions{Query: "tides", Mode: words}})
		}, out: `^match: `},
		{name: "why-not mode", run: func(p *testProgram) error {
			return p.s(t).whyNot(t.Context(), whyNotOptions{"moon", searchOptions{Query: "tides", Mode: ptrTo("")}})
		}, err: "--mode has no", code: codeUsage},
	})
}

// TestCommandsWithVectors asks the same of an index with vectors, made by a model in this process.
func TestCommandsWithVectors(t *testing.T) {
	vars := withTinyModel(t)
	open := func(t *testing.T) *testProgram { return indexed(t, vars...) }
	runCases(t, open, []commandCase{
		{name: "search", run: func(p *testProgram) error {
			return p.s(t).search(t.Context(), searchOptions{Query: "when is the moon", Format: "table", NoDaemon: true})
		}, json: true, out: `(?s)"mode": "hybrid".*"vector": .*"degraded": \[\]`},
		{name: "related", run: func(p *testProgram) error { return p.s(t).related(t.Context(), relatedOptions{Ref: "moon", Limit: 3}) }, json: true, out: `"degraded": \[\]`},
		{name: "gaps", run: func(p *testProgram) error { return p.s(t).findGaps(t.Context(), gapsOptions{Limit: 9, Threshold: -1}) }, json: true, out: `"compared": 4,\n  "withoutVectors": 0`},
		{name: "validate", run: func(p *testProgram) error { return p.s(t).validate(t.Context(), app.ValidateOptions{}) }, out: `\d vectors, .*: sound`},
		{name: "embed", run: func(p *testProgram) error {
			return p.s(t).embed(t.Context(), embedOptions{Texts: []string{"a", "b"}, NoDaemon: true})
		}, out: `^{"vector":\[[-0-9.e]+,[-0-9.e]+\],"tokens":3,"truncated":false}\n{"vector":.*}\n$`},
		{name: "embed lines", run: func(p *testProgram) error {
			p.in = strings.NewReader("\"a\"\n\"b c\"\n")
			return p.s(t).embed(t.Context(), embedOptions{JSONLines: true, Input: "query", NoDaemon: true})
		}, out: `(?s)"tokens":3.*"tokens":4`},
		{name: "embed no JSON", run: func(p *testProgram) error {
			p.in = strings.NewReader("\"a\"\nb\n")
			return p.s(t).embed(t.Context(), embedOptions{JSONLines: true, NoDaemon: true})
		}, err: "line 2: not a JSON string", code: codeFailed},
		{name: "bench", run: func(p *testProgram) error {
			return p.s(t).bench(t.Context(), benchOptions{FromNotes: true, Questions: 9, NoDaemon: true})
		}, out: `(?s)headings .*links .* ms a question`},
		{name: "verify", run: func(p *testProgram) error { return p.s(t).verify(t.Context(), verifyOptions{NoDaemon: true}) }, json: true, out: `"name": "index",\n      "state": "ok"`, code: codeFailed},
		{name: "doctor", run: func(p *testProgram) error { return p.s(t).doctor(t.Context(), doctorOptions{}) }, out: `(?s)✓ runtime .*✓ model .*full precision.*! rerank .*✓ index .*4 notes.*✓ vector +stopped`},
	})
}

func TestCoveragePercents(t *testing.T) {
	p := indexed(t)
	p.json = true
	writeFile(t, filepath.Join(p.dir, "bad.md"), "\xff\xfe\x00\x01")
	p.must(t, p.s(t).init(t.Context(), initOptions{NoDaemon: true}))
	if err := p.s(t).coverage(t.Context()); err != nil {
		t.Fatal(err)
	}
	var ans coverageAnswer
	if err := json.Unmarshal(p.out.Bytes(), &ans); err != nil {
		t.Fatal(err)
	}
	var sum float64
	for _, share := range ans.Totals.Percent {
		sum += share
	}
	if ans.Totals.Files != 5 || sum != 100 {
		t.Errorf("%d files, %v percent in all", ans.Totals.Files, sum)
	}
}
