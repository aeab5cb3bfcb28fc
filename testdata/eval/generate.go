// Command generate writes the collections beside it, in the BEIR layout, from the documentation of the Go installation that
// runs it: go-symbols asks with the first sentence of a symbol's comment for what the rest of the comment and the
// declaration say; go-sections asks with a heading for the section below it. It is run by hand:
//
//	go run ./testdata/eval
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/printer"
	"go/token"
	"html"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// packages are those of the standard library that many programs use.
var packages = strings.Fields(`archive/zip bufio bytes container/heap context crypto/tls database/sql encoding/binary encoding/csv
	encoding/json encoding/xml errors flag fmt go/ast go/build html/template io io/fs log log/slog math/big math/rand mime/multipart
	net net/http net/url os os/exec path/filepath reflect regexp runtime runtime/debug sort strconv strings sync sync/atomic testing
	text/tabwriter text/template time unicode/utf8 unsafe`)

// Bounds that keep what has nothing to say out of the collections.
const (
	minWords      = 20 // of a document
	minQueryWords = 4
	questionEvery = 3 // symbols
)

type entry struct {
	ID    string `json:"_id"`
	Title string `json:"title,omitempty"`
	Text  string `json:"text"`
	query string
}

func main() {
	log.SetFlags(0)
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		log.Fatal(err)
	}
	root := strings.TrimSpace(string(out))
	var symbols, sections []entry
	for _, name := range packages {
		fset, p := load(filepath.Join(root, "src", filepath.FromSlash(name)), name)
		symbols = append(symbols, symbolsOf(fset, p)...)
		sections = append(sections, sectionsOf(p)...)
	}
	for _, name := range []string{"go_spec.html", "go_mem.html"} {
		sections = append(sections, htmlSections(filepath.Join(root, "doc", name))...)
	}
	write("testdata/eval/go-symbols", symbols, questionEvery)
	write("testdata/eval/go-sections", sections, 1)
}

func load(dir, name string) (*token.FileSet, *doc.Package) {
	fset := token.NewFileSet()
	var files []*ast.File
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			log.Fatal(err)
		}
		if f.Name.Name == filepath.Base(dir) {
			files = append(files, f)
		}
	}
	p, err := doc.NewFromFiles(fset, files, name)
	if err != nil {
		log.Fatal(err)
	}
	return fset, p
}

// symbolsOf returns the functions, methods and types whose comment goes on after its first sentence.
func symbolsOf(fset *token.FileSet, p *doc.Package) []entry {
	var list []entry
	add := func(name, text string, decl ast.Node) {
		synopsis := p.Synopsis(text)
		flat := strings.Join(strings.Fields(text), " ")
		rest := strings.TrimSpace(strings.TrimPrefix(flat, synopsis))
		if words(rest) < minWords || words(synopsis) < minQueryWords || rest == flat {
			return
		}
		last := name[strings.LastIndexByte(name, '.')+1:]
		query := strings.TrimSuffix(strings.TrimSpace(strings.ReplaceAll(synopsis, last, "")), ".")
		list = append(list, entry{ID: name, Title: path.Base(name), Text: declaration(fset, decl) + "\n\n" + rest, query: query})
	}
	for _, f := range p.Funcs {
		add(p.ImportPath+"."+f.Name, f.Doc, f.Decl)
	}
	for _, t := range p.Types {
		add(p.ImportPath+"."+t.Name, t.Doc, nil)
		for _, f := range t.Funcs {
			add(p.ImportPath+"."+f.Name, f.Doc, f.Decl)
		}
		for _, m := range t.Methods {
			add(p.ImportPath+"."+t.Name+"."+m.Name, m.Doc, m.Decl)
		}
	}
	return list
}

func declaration(fset *token.FileSet, decl ast.Node) string {
	f, ok := decl.(*ast.FuncDecl)
	if !ok {
		return ""
	}
	var b bytes.Buffer
	head := *f
	head.Body, head.Doc = nil, nil
	if err := printer.Fprint(&b, fset, &head); err != nil {
		log.Fatal(err)
	}
	return "    " + b.String()
}

// sectionsOf returns the sections of a package comment.
func sectionsOf(p *doc.Package) []entry {
	var list []entry
	var pr comment.Printer
	section := &comment.Doc{}
	heading := ""
	flush := func() {
		if text := string(pr.Markdown(section)); heading != "" && words(text) >= minWords {
			list = append(list, entry{ID: fmt.Sprintf("%s#%d", p.ImportPath, len(list)), Title: "Package " + p.ImportPath, Text: text, query: heading})
		}
		section = &comment.Doc{}
	}
	for _, block := range p.Parser().Parse(p.Doc).Content {
		h, ok := block.(*comment.Heading)
		if !ok {
			section.Content = append(section.Content, block)
			continue
		}
		flush()
		heading = string(pr.Text(&comment.Doc{Content: []comment.Block{&comment.Paragraph{Text: h.Text}}}))
	}
	flush()
	return list
}

var (
	headings = regexp.MustCompile(`(?s)<h[234][^>]*>(.*?)</h[234]>`)
	tags     = regexp.MustCompile(`(?s)<[^>]*>`)
	title    = regexp.MustCompile(`"Title": *"(.*?)"`)
)

// htmlSections returns the sections of one of Go's own documents.
func htmlSections(file string) []entry {
	data, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	text := string(data)
	name := strings.TrimSuffix(path.Base(filepath.ToSlash(file)), ".html")
	var list []entry
	at := headings.FindAllStringSubmatchIndex(text, -1)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		body := plain(text[m[1]:end])
		if words(body) >= minWords {
			list = append(list, entry{ID: fmt.Sprintf("%s#%d", name, i), Title: title.FindStringSubmatch(text)[1], Text: body, query: plain(text[m[2]:m[3]])})
		}
	}
	return list
}

func plain(s string) string {
	return strings.TrimSpace(html.UnescapeString(tags.ReplaceAllString(s, "")))
}

func words(s string) int { return len(strings.Fields(s)) }

// write makes a collection of the entries; every n-th asks. A question that several entries ask has several answers.
func write(dir string, entries []entry, n int) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		log.Fatal(err)
	}
	var corpus, queries, qrels bytes.Buffer
	qrels.WriteString("query-id\tcorpus-id\tscore\n")
	asked := map[string]string{}
	byQuery := map[string][]string{}
	for i, e := range entries {
		e.query = strings.Join(strings.Fields(e.query), " ")
		entries[i].query = e.query
		byQuery[e.query] = append(byQuery[e.query], e.ID)
	}
	for i, e := range entries {
		line(&corpus, e)
		if i%n != 0 || asked[e.query] != "" || e.query == "" {
			continue
		}
		id := fmt.Sprintf("q%d", len(asked)+1)
		asked[e.query] = id
		line(&queries, entry{ID: id, Text: e.query})
		for _, doc := range byQuery[e.query] {
			fmt.Fprintf(&qrels, "%s\t%s\t1\n", id, doc)
		}
	}
	for name, data := range map[string][]byte{"corpus.jsonl": corpus.Bytes(), "queries.jsonl": queries.Bytes(), "qrels.tsv": qrels.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), data, fs.FileMode(0o644)); err != nil {
			log.Fatal(err)
		}
	}
	log.Printf("%s: %d documents, %d questions", dir, len(entries), len(asked))
}

func line(b *bytes.Buffer, e entry) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		log.Fatal(err)
	}
}
