package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"amalfa/search"
	"amalfa/testdata/assets"
)

func TestModelCommands(t *testing.T) {
	bert, err := filepath.Abs("../testdata/models/bert")
	if err != nil {
		t.Fatal(err)
	}
	tokenizer := filepath.Join(bert, "tokenizer.json")
	open := func(t *testing.T) *testProgram { return programOver(t, notesOfTests) }
	runCases(t, open, []commandCase{
		{name: "list", run: func(p *testProgram) error { return p.s(t).listModels(t.Context()) }, out: `(?s)^MODEL .*BAAI/bge-small-en-v1.5 +full +384`},
		{name: "pull", run: func(p *testProgram) error { return p.s(t).pullModel(t.Context(), modelOptions{}) }, err: "(?s)is not on this machine", code: codeMissing},
		{name: "pull precision", run: func(p *testProgram) error { return p.s(t).pullModel(t.Context(), modelOptions{Precision: "half"}) }, err: `--precision has no "half"`, code: codeUsage},
		{name: "verify", run: func(p *testProgram) error { return p.s(t).verifyModel(t.Context(), modelOptions{Precision: "int8"}) }, err: "is not on this machine", code: codeMissing},
		{name: "path", run: func(p *testProgram) error {
			return p.s(t).pathOfModel(t.Context(), modelOptions{Name: "nobody/nothing"})
		}, err: "nobody/nothing", code: codeMissing},
		{name: "path of a folder", run: func(p *testProgram) error { return p.s(t).pathOfModel(t.Context(), modelOptions{Name: bert}) }, json: true, out: `"path": ".*models/bert"`},
		{name: "rm", run: func(p *testProgram) error {
			return p.s(t).removeModel(t.Context(), modelOptions{Name: "BAAI/bge-small-en-v1.5"})
		}, out: "^freed -\n$"},
		{name: "rm precision", run: func(p *testProgram) error { return p.s(t).removeModel(t.Context(), modelOptions{Precision: "all"}) }, err: "--precision has no", code: codeUsage},
		{name: "cache", run: func(p *testProgram) error { return p.s(t).cacheStatus(t.Context()) }, out: "^0 vectors, "},
		{name: "cache clear", run: func(p *testProgram) error { return p.s(t).cacheClear(t.Context()) }, json: true, out: `"cleared": 0`},
		{name: "tokenize", run: func(p *testProgram) error {
			return p.tokenize(t.Context(), tokenizeOptions{File: &tokenizer, Texts: []string{"hello", "hello hello"}})
		}, out: `^\d+\n\d+\n$`},
		{name: "tokenize pairs", run: func(p *testProgram) error {
			p.in = strings.NewReader("\"hello\"\n[\"a\",\"b\"]\n")
			return p.tokenize(t.Context(), tokenizeOptions{Model: &bert, JSONLines: true, Max: ptrTo(3)})
		}, out: `^{"ids":\[\d+,\d+,\d+\],"typeIds":\[0,0,0\],"tokens":\[.*\]}\n{"ids"`},
		{name: "tokenize a number", run: func(p *testProgram) error {
			p.in = strings.NewReader("7\n")
			return p.tokenize(t.Context(), tokenizeOptions{File: &tokenizer, JSONLines: true})
		}, err: "line 1: want a JSON string", code: codeFailed},
		{name: "tokenize by what", run: func(p *testProgram) error { return p.tokenize(t.Context(), tokenizeOptions{}) }, err: "either --model or --tokenizer", code: codeUsage},
		{name: "tokenize twice", run: func(p *testProgram) error {
			return p.tokenize(t.Context(), tokenizeOptions{File: &tokenizer, JSONLines: true, Texts: []string{"a"}})
		}, err: "--jsonl reads texts from standard input", code: codeUsage},
		{name: "tokenize max", run: func(p *testProgram) error {
			return p.tokenize(t.Context(), tokenizeOptions{File: &tokenizer, Max: ptrTo(0)})
		}, err: "--max takes 1 or more", code: codeUsage},
		{name: "embed nothing", run: func(p *testProgram) error { return p.s(t).embed(t.Context(), embedOptions{}) }, err: "either texts or --jsonl", code: codeUsage},
		{name: "embed input", run: func(p *testProgram) error {
			return p.s(t).embed(t.Context(), embedOptions{Texts: []string{"a"}, Input: "text"})
		}, err: `--input-type has no "text"`, code: codeUsage},
		{name: "embed without a model", run: func(p *testProgram) error {
			return p.s(t).embed(t.Context(), embedOptions{Texts: []string{"a"}, NoDaemon: true})
		}, err: "is not on this machine", code: codeMissing},
		{name: "rerank nothing", run: func(p *testProgram) error { return p.s(t).rerank(t.Context(), rerankOptions{Query: "q"}) }, err: "there are no documents", code: codeUsage},
		{name: "rerank no question", run: func(p *testProgram) error { return p.s(t).rerank(t.Context(), rerankOptions{Query: " "}) }, err: "the question is empty", code: codeUsage},
		{name: "rerank top", run: func(p *testProgram) error {
			return p.s(t).rerank(t.Context(), rerankOptions{Query: "q", Top: ptrTo(0)})
		}, err: "--top takes 1 or more", code: codeUsage},
		{name: "rerank budget", run: func(p *testProgram) error {
			return p.s(t).rerank(t.Context(), rerankOptions{Query: "q", Budget: ptrTo(0)})
		}, err: "--budget-ms takes 1 or more", code: codeUsage},
		{name: "rerank without a model", run: func(p *testProgram) error {
			p.in = strings.NewReader("a\n")
			return p.s(t).rerank(t.Context(), rerankOptions{Query: "q", NoDaemon: true})
		}, err: "is not on this machine", code: codeMissing},
	})
}

func TestRerank(t *testing.T) {
	pair, err := filepath.Abs("../testdata/models/xlmr")
	if err != nil {
		t.Fatal(err)
	}
	lib := assets.Runtime(t)
	open := func(t *testing.T) *testProgram {
		p := programOver(t, notesOfTests, "AMALFA_ORT_LIB", lib)
		p.in = strings.NewReader("a panda\n\n\"the zoo\\nof Berlin\"\nbamboo\n")
		return p
	}
	runCases(t, open, []commandCase{
		{name: "best two", run: func(p *testProgram) error {
			return p.s(t).rerank(t.Context(), rerankOptions{Query: "panda", Model: pair, Top: ptrTo(2)})
		}, json: true, out: `(?s)^{\n  "results": \[\n    {\n      "index": [023],\n      "score": 0\.\d+,.*"judged": 3`},
		{name: "all", run: func(p *testProgram) error {
			return p.s(t).rerank(t.Context(), rerankOptions{Query: "panda", Model: pair})
		}, out: `^( \d  0\.\d{4}  .+\n){3}$`},
		{name: "no such file", run: func(p *testProgram) error {
			return p.s(t).rerank(t.Context(), rerankOptions{Query: "panda", Model: pair, File: "nowhere.txt"})
		}, err: "nowhere.txt", code: codeFailed},
	})
}

func TestSelfCommands(t *testing.T) {
	open := func(t *testing.T) *testProgram { return indexed(t) }
	collection := func(t *testing.T) string {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "corpus.jsonl"), `{"_id":"a","title":"Tides","text":"High water comes late."}`+"\n"+`{"_id":"b","title":"Login","text":"A token ends."}`+"\n")
		writeFile(t, filepath.Join(dir, "queries.jsonl"), `{"_id":"1","text":"high water"}`+"\n")
		writeFile(t, filepath.Join(dir, "qrels.tsv"), "query-id\tcorpus-id\tscore\n1\ta\t1\n")
		return dir
	}(t)
	run := filepath.Join(t.TempDir(), "run.trec")
	words := ptrTo(search.Keyword)
	runCases(t, open, []commandCase{
		{name: "version", run: func(p *testProgram) error { return p.version(t.Context(), versionOptions{}) }, json: true, out: `(?s)"version": ".+".*"schema": \d`},
		{name: "notices", run: func(p *testProgram) error { return p.version(t.Context(), versionOptions{Notices: true}) }, out: "."},
		{name: "doctor", run: func(p *testProgram) error { return p.s(t).doctor(t.Context(), doctorOptions{}) }, out: `(?s)✗ runtime .*✗ model .*amalfa models pull.*✓ index`, code: codeMissing},
		{name: "eval", run: func(p *testProgram) error {
			return p.s(t).eval(t.Context(), evalOptions{Folders: []string{collection}, Mode: words, Run: run, NoDaemon: true})
		}, json: true, out: `(?s)"queries": 1,\n  "ndcg@10": 1,.*"documents": 2`},
		{name: "eval nothing", run: func(p *testProgram) error {
			return p.s(t).eval(t.Context(), evalOptions{Folders: []string{t.TempDir()}, Mode: words})
		}, err: "corpus.jsonl", code: codeFailed},
		{name: "eval rerank", run: func(p *testProgram) error {
			return p.s(t).eval(t.Context(), evalOptions{Folders: []string{collection}, Mode: words, Rerank: true})
		}, err: "is not on this machine", code: codeMissing},
		{name: "eval mode", run: func(p *testProgram) error { return p.s(t).eval(t.Context(), evalOptions{Mode: ptrTo("magic")}) }, err: "--mode has no", code: codeUsage},
		{name: "bench", run: func(p *testProgram) error {
			return p.s(t).bench(t.Context(), benchOptions{FromNotes: true, Questions: 5, Mode: words})
		}, json: true, out: `(?s)"headings": {\n    "questions": \d`},
		{name: "bench of what", run: func(p *testProgram) error { return p.s(t).bench(t.Context(), benchOptions{Questions: 5}) }, err: "bench needs --from-notes", code: codeUsage},
		{name: "verify", run: func(p *testProgram) error { return p.s(t).verify(t.Context(), verifyOptions{NoDaemon: true}) }, out: `(?s)✓ index .*✓ words .*✗ meaning .*✓ links .*✓ delete .*✓ sound`, code: codeMissing},
		{name: "demo", run: func(p *testProgram) error { return p.s(t).demo(t.Context(), demoOptions{}) }, err: "is not on this machine", code: codeMissing},
		{name: "setup-mcp", run: func(p *testProgram) error { return p.s(t).setupMCP(t.Context(), setupOptions{Scope: "user"}) }, out: `^{"mcpServers":{"amalfa":{"command":".*/amalfa","args":\["serve","--root",".*/notes"\]}}}\n$`},
		{name: "setup-mcp write", run: func(p *testProgram) error {
			o := setupOptions{Client: "cursor", Scope: "project", Write: true}
			p.must(t, p.s(t).setupMCP(t.Context(), o))
			err := p.s(t).setupMCP(t.Context(), o)
			if !strings.Contains(p.err.String(), "has it already") {
				t.Errorf("said %q", p.err)
			}
			return err
		}},
		{name: "setup-mcp client", run: func(p *testProgram) error {
			return p.s(t).setupMCP(t.Context(), setupOptions{Client: "telnet", Scope: "user"})
		}, err: `no client "telnet"`, code: codeUsage},
		{name: "setup-mcp both", run: func(p *testProgram) error {
			return p.s(t).setupMCP(t.Context(), setupOptions{Client: "cursor", All: true, Scope: "user"})
		}, err: "exclude each other", code: codeUsage},
		{name: "setup-mcp scope", run: func(p *testProgram) error { return p.s(t).setupMCP(t.Context(), setupOptions{Scope: "world"}) }, err: "--scope has no", code: codeUsage},
		{name: "setup-mcp write what", run: func(p *testProgram) error {
			return p.s(t).setupMCP(t.Context(), setupOptions{Write: true, Scope: "user"})
		}, err: "--write needs", code: codeUsage},
	})
}
