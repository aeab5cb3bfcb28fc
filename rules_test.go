package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A room is a folder with Go code: what it holds, which rooms of ours it may import, and which modules of others. "*" is any
// room. Tests may import more: what go.mod says.
type room struct{ dir, holds, ours, theirs string }

// rooms is the one table of what may import what, from the face of the program down. TestRooms holds the code to it and
// docs/architecture.md is generated from it (go test -run TestArchitecture -update .).
var rooms = []room{
	{".", "the entry",
		"cli", ""},
	{"cli", "one file per command, exit codes (`cli/exit.go`)",
		"app config daemon graph ingest lifecycle models notes registry search search/eval search/grep services services/sonar setup store tasks/ask tasks/prompts testdata/vault", "github.com/urfave/cli/v3 github.com/cpuguy83/go-md2man/v2 github.com/mattn/go-isatty golang.org/x/sys golang.org/x/term github.com/rivo/uniseg"},
	{"app", "what puts the rooms together: opens a workspace, its index and models, wires each service (`app/serve.go`)",
		"*", "github.com/gen2brain/beeep github.com/gofrs/flock github.com/natefinch/atomic github.com/zalando/go-keyring golang.org/x/sync go.uber.org/zap"},
	{"config", "where things are kept, settings",
		"notes registry store/text tasks/schedule", "github.com/tailscale/hujson github.com/bmatcuk/doublestar/v4"},
	{"registry", "the one table of services",
		"", ""},
	{"lifecycle", "the one state type and its one transition",
		"", "go.uber.org/zap"},
	{"daemon", "records, start, stop, status, ports; knows nothing of what it runs",
		"lifecycle registry", "golang.org/x/sys github.com/shirou/gopsutil/v4"},
	{"services", "the guarded HTTP server every service stands on",
		"lifecycle", "github.com/prometheus/client_golang go.uber.org/zap golang.org/x/sys"},
	{"services/vector", "the embedding service: routes, dialects, client",
		"lifecycle services inference inference/embed", ""},
	{"services/reranker", "the reranking service: routes, dialects, client",
		"lifecycle services inference inference/rerank", ""},
	{"services/remote", "vectors and scores from model servers, by URL, in their dialects",
		"inference/embed inference/rerank llm models", ""},
	{"services/access", "who may ask over a network: people by their tokens or an issuer's, and how often",
		"services store/people", "github.com/coreos/go-oidc/v3 github.com/hashicorp/golang-lru/v2 golang.org/x/time"},
	{"services/sonar", "the LLM proxy",
		"lifecycle llm llm/meter services notes search graph store tasks/ask tasks/consent tasks/ember tasks/prompts tasks/stages tasks/work", "github.com/hashicorp/golang-lru/v2 github.com/natefinch/atomic go.uber.org/zap"},
	{"services/dashboard", "the page: search, notes, the graph, health",
		"lifecycle services site search graph store", "go.uber.org/zap"},
	{"services/dashboard/fetch", "what `go generate` runs for the page: parts of others, from npm",
		"services/dashboard models/pinned", ""},
	{"services/watcher", "events → batches → ingest",
		"lifecycle ingest", "github.com/fsnotify/fsnotify go.uber.org/zap"},
	{"services/supervisor", "deaths of daemons → new ones",
		"lifecycle daemon", "github.com/fsnotify/fsnotify go.uber.org/zap"},
	{"services/mcp", "the Model Context Protocol",
		"lifecycle services services/access search search/grep graph store notes notes/files services/mcp/arguments services/mcp/stdio services/mcp/scratchpad", "github.com/modelcontextprotocol/go-sdk github.com/google/jsonschema-go github.com/hashicorp/golang-lru/v2 go.uber.org/zap"},
	{"services/mcp/arguments", "arguments as models send them, read by the schema of a tool",
		"", "github.com/google/jsonschema-go"},
	{"services/mcp/stdio", "line framing",
		"services services/mcp/arguments", "github.com/modelcontextprotocol/go-sdk"},
	{"services/mcp/scratchpad", "large answers kept for later",
		"", ""},
	{"setup", "entries in clients' files, and units of the system's supervisors",
		"", "github.com/modelcontextprotocol/go-sdk github.com/natefinch/atomic github.com/tailscale/hujson github.com/pelletier/go-toml/v2 github.com/coreos/go-systemd/v22 howett.net/plist"},
	{"notes", "a note as a text: front matter, tags, days, references; tags added byte for byte",
		"", "go.yaml.in/yaml/v4 github.com/pelletier/go-toml/v2 golang.org/x/text"},
	{"notes/files", "notes on disk: opened without leaving the workspace, replaced whole",
		"notes", ""},
	{"edit", "changes of notes: links in a note's own style, moves, the journal that undoes them, diffs that git applies",
		"notes notes/files ingest store", "github.com/rogpeppe/go-internal"},
	{"ingest", "files → notes, chunks, edges; what changed",
		"notes notes/files store tokenizer ingest/code ingest/data ingest/ignore ingest/mdx ingest/inline", "github.com/yuin/goldmark github.com/bmatcuk/doublestar/v4 github.com/gofrs/flock github.com/natefinch/atomic golang.org/x/sync go.uber.org/zap"},
	{"ingest/ignore", "which files git and .amalfaignore leave out: patterns as git matches them, from the repository's top downwards",
		"notes/files", ""},
	{"ingest/data", "what in a text is no prose: embedded images, base64, drawings, minified lines",
		"", ""},
	{"ingest/mdx", "text and program in MDX, as MDX's own parser tells them apart",
		"", ""},
	{"ingest/inline", "text within a block of Markdown → links, tags, and what a reader sees; linear on any text",
		"notes", "golang.org/x/text"},
	{"ingest/code", "what programs say about themselves: doc comments with the names they stand for",
		"", "github.com/alecthomas/chroma/v2"},
	{"site", "notes as pages: HTML that runs nothing, loads nothing and leads where the index says; a folder of them",
		"ingest notes", "github.com/yuin/goldmark github.com/microcosm-cc/bluemonday golang.org/x/net"},
	{"search", "question → ranked passages",
		"notes store store/text", "gonum.org/v1/gonum github.com/rivo/uniseg go.uber.org/zap golang.org/x/sync"},
	{"search/eval", "collections with judgements, questions made of notes, the measures of trec_eval, run files",
		"notes store", ""},
	{"search/grep", "exact text: lines of the files that the index holds, and patterns of their paths",
		"notes notes/files store", "github.com/bmatcuk/doublestar/v4"},
	{"llm", "language model servers: their dialects, what to do when one fails, and where a key goes",
		"notes", "github.com/cenkalti/backoff/v5 github.com/sony/gobreaker/v2 github.com/tailscale/hujson golang.org/x/net"},
	{"llm/meter", "tokens and money that models took, by hour and day, in a file of the state folder; limits",
		"llm", "github.com/gofrs/flock github.com/natefinch/atomic"},
	{"tasks/ask", "questions over the notes, answered by a language model, and each sentence held against the lines that it cites",
		"llm notes search store store/text tasks/prompts", "github.com/rivo/uniseg"},
	{"tasks/consent", "what may leave this machine: hosts that the user names, by hand or unattended, private notes, what looks like a secret",
		"ingest/ignore llm notes notes/files", ""},
	{"tasks/prompts", "what language models are told: a template each, notes quoted so that no text leaves its block",
		"llm notes search", ""},
	{"tasks/work", "the types of tasks: a task → what came of it, and what it would change",
		"edit graph llm notes notes/files store tasks/ask tasks/consent tasks/ember tasks/prompts tasks/queue tasks/terms", ""},
	{"tasks/stages", "what a language model does for a search: what a question wants, which passages answer it, in which words",
		"llm notes tasks/consent tasks/prompts", ""},
	{"tasks/queue", "tasks over the notes: the folder that holds them, the one process that works",
		"edit notes notes/files", "github.com/fsnotify/fsnotify github.com/gofrs/flock go.uber.org/zap"},
	{"graph", "walks, paths, gaps, relatives",
		"notes store", "gonum.org/v1/gonum"},
	{"tasks/schedule", "when something is to be done again and again: words, and the fields of cron", "", "github.com/robfig/cron/v3"},
	{"tasks/terms", "terms of a text in every script: runs between function words, C-value",
		"notes store/text", ""},
	{"tasks/ember", "what notes lack: tags, links, keyphrases, a summary; sidecars, backups",
		"graph llm notes notes/files store store/text tasks/answers tasks/consent tasks/prompts tasks/terms", ""},
	{"tasks/answers", "what a language model says of texts, each asked about once; who fails is asked no more",
		"llm store/cache tasks/consent tasks/prompts", ""},
	{"tasks/harvest", "terms of a vault, where they appear and are defined; the lexicon",
		"notes store tasks/answers tasks/consent tasks/prompts tasks/terms", ""},
	{"store", "what an index is asked and answers: the interface and its words",
		"notes", ""},
	{"store/sqlite", "the index in one SQLite database: tables, migrations, check, backup, export",
		"notes store store/batch store/dump store/text store/vectors", "github.com/cenkalti/backoff/v5 modernc.org/sqlite"},
	{"store/postgres", "the index of a team in a PostgreSQL database: schema, migrations, row-level security, many writers",
		"notes store store/batch store/dump store/people store/text store/vectors", "github.com/jackc/pgx/v5 github.com/pressly/goose/v3"},
	{"store/people", "people who ask over a network: tokens, as hashes, and the log of what they wrote, in a folder",
		"", "github.com/gofrs/flock github.com/natefinch/atomic"},
	{"store/dump", "an index as text, one object of JSON a line: what one store writes and another one reads", "notes store store/vectors", ""},
	{"store/batch", "what a batch does to an index, worked out without it: drafts, which chunks stay, renamings; no SQL",
		"notes store store/text store/vectors", "golang.org/x/sync"},
	{"store/storetest", "the suite that every store passes",
		"notes store store/batch store/dump store/people store/text", "github.com/google/go-cmp/cmp"},
	{"store/text", "the word index: terms of every script, postings in segments, BM25; no SQL",
		"notes store", "golang.org/x/text"},
	{"store/vectors", "the vector index: rows in memory or in a mapped file, codes, checksums; no SQL",
		"store", "golang.org/x/sys gonum.org/v1/gonum"},
	{"store/cache", "small values under content addresses, shared by all processes of a user; holds the vectors of texts seen before",
		"", "modernc.org/sqlite github.com/gofrs/flock"},
	{"inference", "what engines share: the queue of runs, the pool of models that are loaded once and freed when idle, admission, errors",
		"models onnx tokenizer", "github.com/hashicorp/golang-lru/v2 go.uber.org/zap"},
	{"inference/embed", "texts → vectors, in this process",
		"inference onnx tokenizer models", "go.uber.org/zap"},
	{"inference/rerank", "a question and documents → scores, in this process",
		"inference onnx tokenizer models", ""},
	{"models", "the catalogue, digests, caches, downloads, embedded copies",
		"models/pack models/pinned", "github.com/klauspost/compress github.com/gofrs/flock golang.org/x/sys go.uber.org/zap"},
	{"models/pack", "fp32 weights as fp16 without loss",
		"", "google.golang.org/protobuf"},
	{"models/pinned", "files that are only there once their digest is right",
		"", ""},
	{"models/fetch", "what `go generate` runs",
		"models models/maven models/pack models/pinned", "github.com/klauspost/compress github.com/gofrs/flock"},
	{"models/maven", "never part of a shipped command",
		"models/pinned", ""},
	{"onnx", "the only room that calls ONNX Runtime; models are rewritten there before they are loaded (`onnx/rewrite.go`)",
		"", "github.com/yalue/onnxruntime_go google.golang.org/protobuf"},
	{"tokenizer", "texts → token ids, as Hugging Face does",
		"", "github.com/sugarme/tokenizer"},
	{"testdata/assets", "what tests fetch once: models, npm and Python packages",
		"models/maven models/pinned", "github.com/gofrs/flock"},
	{"testdata/clients", "programs of others that ask our services, and their versions",
		"testdata/assets", "github.com/google/go-cmp/cmp"},
	{"testdata/faults", "the fault table and the threat model, broken on the released program, one row each",
		"testdata/limits testdata/onnxtest", "modernc.org/sqlite"},
	{"testdata/limits", "limits of time that hold on a busy machine and tell what is slow",
		"", ""},
	{"testdata/llamacpp", "llama.cpp's own server, with a small model of random weights, or one of vectors or scores",
		"testdata/assets", ""},
	{"testdata/oidc", "a real OAuth 2.1 issuer, and the protocol's own client",
		"testdata/assets", ""},
	{"testdata/pgserver", "PostgreSQL servers, with pgvector and without",
		"testdata/assets", ""},
	{"testdata/onnxtest", "small models that tests write, sound and broken",
		"", "google.golang.org/protobuf"},
	{"testdata/testllm", "the pieces of language model servers",
		"", ""},
	{"testdata/testmodels", "the models that tests load, and texts for them",
		"models testdata/onnxtest store/cache tokenizer testdata/assets", ""},
	{"testdata/testservice", "a running service that tests talk to, and what docs/ has of it",
		"services", "github.com/google/jsonschema-go"},
	{"testdata/eval", "collections made of this repository and its language, and how",
		"", ""},
	{"testdata/vault", "the notes of the demo, in the program",
		"", ""},
}

// barred is what no room in or below a folder may import, whatever its line above says: packages by their whole path.
var barred = []struct{ below, packages string }{
	{"services", module + "/onnx " + module + "/tokenizer"},
	{"inference", "net/http"},
}

const module = "amalfa"

var update = flag.Bool("update", false, "write the generated parts of documents anew")

func TestRooms(t *testing.T) {
	have := goFiles(t)
	for _, r := range rooms {
		files := have[r.dir]
		if files == nil {
			t.Errorf("rules_test.go names %s, which holds no Go code", r.dir)
			continue
		}
		delete(have, r.dir)
		checkImports(t, r, files)
	}
	for dir := range have {
		t.Errorf("%s is a new room: add it to rules_test.go", dir)
	}
}

// checkImports holds a room to its line of the table, and the line to the room: what it may do and never does is struck out.
func checkImports(t *testing.T, r room, files []string) {
	t.Helper()
	comments, used := 0, map[string]bool{}
	allowed := append(strings.Fields(r.theirs), strings.Fields(r.ours)...)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f := parseFile(t, file)
		if f.Doc != nil {
			comments++
		}
		for _, spec := range f.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			rule, ok := ruleFor(name, allowed)
			if !ok {
				t.Errorf("%s imports %s, which its room may not", file, name)
			}
			used[rule] = true
			if isBarred(r.dir, name) {
				t.Errorf("%s imports %s, which no room there may", file, name)
			}
		}
	}
	for _, rule := range allowed {
		if !used[rule] && rule != "*" {
			t.Errorf("%s may import %s and does not: strike it out of rules_test.go", r.dir, rule)
		}
	}
	if comments != 1 && hasCode(files) {
		t.Errorf("%s has %d package comments, want exactly one", r.dir, comments)
	}
}

func isBarred(dir, name string) bool {
	return slices.ContainsFunc(barred, func(b struct{ below, packages string }) bool {
		return strings.HasPrefix(dir+"/", b.below+"/") && slices.Contains(strings.Fields(b.packages), name)
	})
}

// ruleFor returns the word of a room's line that allows an import: a room of ours by its name, "*" for all of them, a package
// of others by the module's path. The standard library needs none.
func ruleFor(name string, allowed []string) (rule string, ok bool) {
	name, own := strings.CutPrefix(name, module+"/")
	if first, _, _ := strings.Cut(name, "/"); !own && !strings.Contains(first, ".") {
		return "", true
	}
	for _, rule := range allowed {
		if name == rule || own && rule == "*" || !own && strings.HasPrefix(name, rule+"/") {
			return rule, true
		}
	}
	return "", false
}

// forbidden are imports that no line of the table may ever allow, with the standard library's among them.
var forbidden = []struct{ below, imports string }{
	{"services", "amalfa/onnx amalfa/tokenizer"},
	{"cli", "net/http database/sql amalfa/onnx amalfa/tokenizer amalfa/store/sqlite amalfa/store/postgres"},
}

func TestForbiddenImports(t *testing.T) {
	for dir, files := range goFiles(t) {
		for _, rule := range forbidden {
			if dir == rule.below || strings.HasPrefix(dir, rule.below+"/") {
				refuseImports(t, files, strings.Fields(rule.imports))
			}
		}
	}
}

func refuseImports(t *testing.T, files, imports []string) {
	t.Helper()
	for _, file := range files {
		for _, spec := range parseFile(t, file).Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if slices.Contains(imports, name) && !strings.HasSuffix(file, "_test.go") {
				t.Errorf("%s imports %s, which no file there may", file, name)
			}
		}
	}
}

// TestArchitecture keeps the room table of docs/architecture.md equal to the one that is enforced.
func TestArchitecture(t *testing.T) {
	const path = "docs/architecture.md"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	section := regexp.MustCompile(`(?s)<!-- rooms -->\n.*<!-- /rooms -->`)
	if !section.Match(data) {
		t.Fatalf("%s has no section rooms", path)
	}
	fresh := section.ReplaceAllLiteral(data, []byte("<!-- rooms -->\n"+roomTable()+"<!-- /rooms -->"))
	if *update {
		if err := os.WriteFile(path, fresh, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(data, fresh) {
		t.Errorf("%s is stale: go test -run TestArchitecture -update .", path)
	}
}

func roomTable() string {
	var b strings.Builder
	b.WriteString("| room | holds | may import (of ours) |\n| --- | --- | --- |\n")
	for _, r := range rooms {
		name, ours := "`"+r.dir+"/`", strings.Join(strings.Fields(r.ours), ", ")
		if r.dir == "." {
			name = "`main.go`"
		}
		switch ours {
		case "":
			ours = "–"
		case "*":
			ours = "all"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, r.holds, ours)
	}
	return b.String()
}

var quotedPath = regexp.MustCompile("`([a-z]+[a-zA-Z0-9_./-]*)`")

// TestPathsInProse checks that a backquoted path that starts with one of our
// rooms exists, in documents and in comments.
func TestPathsInProse(t *testing.T) {
	top := map[string]bool{"docs": true, "testdata": true}
	for _, r := range rooms {
		first, _, _ := strings.Cut(r.dir, "/")
		top[first] = true
	}
	walk(t, func(file string) {
		if ext := path.Ext(file); ext != ".go" && ext != ".md" || strings.HasPrefix(file, "testdata/vault/") || file == "THIRD_PARTY.md" {
			return
		}
		for n, line := range lines(t, file) {
			if path.Ext(file) == ".go" && !strings.Contains(line, "//") {
				continue
			}
			for _, m := range quotedPath.FindAllStringSubmatch(line, -1) {
				first, _, below := strings.Cut(m[1], "/")
				if !top[first] || !below || strings.HasPrefix(m[1], "models/assets") {
					continue
				}
				if _, err := os.Stat(filepath.FromSlash(m[1])); err != nil {
					t.Errorf("%s:%d names `%s`, which does not exist", file, n+1, m[1])
				}
			}
		}
	})
}
