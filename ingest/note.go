package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark/parser"

	"amalfa/ingest/code"
	"amalfa/ingest/data"
	"amalfa/ingest/mdx"
	"amalfa/notes"
	"amalfa/store"
)

// A prepared note is ready for the store, but for vectors.
type prepared struct {
	put         store.Put
	embed       map[string]string // chunk hash → text to embed
	reused      int               // passages that had their vector before, or another note of the run has too
	frontMatter bool
}

// preparer turns file contents into notes. Safe for concurrent use.
type preparer struct {
	markdown  parser.Parser
	count     func(string) int
	maxTokens int
	vault     notes.Vault
}

// in is the preparer of the notes of a vault.
func (p preparer) in(v *notes.Vault) *preparer {
	p.vault = *v
	return &p
}

// prepare never fails on bad text: what is wrong with it becomes the reason of a partial file. Its errors mean that the
// content is no note at all; a parser that panics costs this one file only.
func (p *preparer) prepare(id string, content []byte) (note prepared, err error) {
	defer func() {
		if r := recover(); r != nil {
			note, err = prepared{}, fmt.Errorf("cannot be parsed: %v", r)
		}
	}()
	src, reason, err := cleanText(content)
	blank := errors.Is(err, errEmpty) && notes.IsMarkdown(id)
	if blank {
		src, err = content, nil // people make a note first, and write it later
	}
	if err != nil {
		return prepared{}, err
	}
	head, reasons := readHead(id, src)
	reasons = append(reasons, reason)
	var leftOut data.Found
	if !isCode(id) {
		src, leftOut = data.Mask(src, head.End)
	}
	src, d, reason, err := p.parseNote(id, src, head)
	if err != nil {
		return prepared{}, err
	}
	title, aliases := p.vault.Names(id, head)
	title = titleOf(id, title, d)
	chunks := newChunker(src, title, p.count, p.maxTokens)
	if d.text != nil {
		chunks.text, chunks.prose = d.text, d.text
	}
	if d.prose != nil {
		chunks.prose = d.prose
	}
	if len(d.blocks) > 0 && d.blocks[0].start >= head.End {
		chunks.describe(head.Description())
	}
	chunks.view = func(start, end int) (string, string) { return d.view(src, start, end) }
	passages := chunks.run(d.blocks)
	if len(passages) == 0 && !blank {
		return prepared{}, notText("no text in it")
	}
	if chunks.truncated {
		reason = fmt.Sprintf("only the first %d passages are indexed", maxChunks)
	}
	reasons = append(reasons, reason)
	note = prepared{embed: make(map[string]string, len(passages)), frontMatter: head.Format != notes.None}
	var cut bool
	note.put.Edges, cut = edgesOf(id, src, head.End, slices.Concat(headReferences(src, head), d.references), p.vault)
	if cut {
		reasons = append(reasons, fmt.Sprintf("only the first %d links are indexed", maxEdges))
	}
	if len(passages) > 0 {
		withHeadWords(&passages[0].chunk, head)
	}
	for _, passage := range passages {
		passage.chunk.Note = id
		note.put.Chunks = append(note.put.Chunks, passage.chunk)
		note.embed[passage.chunk.Hash] = passage.embed
	}
	counter := lineCounter{text: src}
	date, from := dateOf(id, head)
	note.put.Note = store.Note{
		ID: id, Title: title, Kind: kindOf(id), Lines: counter.lines(), Date: date, DateFrom: from, Aliases: aliases,
		Tags: tagsOf(note.put.Edges), Symbols: d.symbols,
	}
	note.put.File = fileState(id, reasons, leftOut.String())
	return note, nil
}

// fileState is whole, or partial for the reasons that are not empty. What is left out because it is no text is told, and makes no
// file partial: all that people wrote is there.
func fileState(id string, reasons []string, leftOut string) store.File {
	state := store.Indexed
	blank := func(s string) bool { return s == "" }
	if reasons = slices.DeleteFunc(reasons, blank); len(reasons) > 0 {
		state = store.Partial
	}
	reasons = slices.DeleteFunc(append(reasons, leftOut), blank)
	return store.File{ID: id, State: state, Reason: strings.Join(reasons, "; ")}
}

// readable is text as people and models shall see it, with an ellipsis for each piece of data.
func readable(text []byte) string { return notes.Readable(data.Elide(text)) }

// parseNote finds blocks and references in a text without data, in the dialect of its vault. It returns the text without program too.
func (p *preparer) parseNote(id string, src []byte, head notes.Head) (masked []byte, d document, reason string, err error) {
	if isMDX(id) {
		src = mdx.Mask(src, head.End)
	}
	d, reason, err = p.parse(id, src, head)
	if err == nil {
		d.references = inDialect(p.vault.Dialect, d.references, src)
	}
	return src, d, reason, err
}

// parse finds blocks and references. A note that is nothing but front matter has that as its text.
func (p *preparer) parse(id string, src []byte, head notes.Head) (d document, reason string, err error) {
	switch {
	case isCode(id):
		return p.parseCode(id, src)
	case !notes.IsMarkdown(id):
		d.blocks = plainBlocks(src, head.End)
	case plainReason(src, head) != "":
		d.blocks, reason = plainBlocks(src, head.End), plainReason(src, head)
	case isMDX(id):
		d = parseMarkdown(p.markdown, bytes.ReplaceAll(src, []byte{mdx.Masked}, []byte{' '}), head.End, true)
	default:
		d = parseMarkdown(p.markdown, src, head.End, p.vault.Dialect == notes.Logseq) // where blocks are indented below a heading
	}
	if isMDX(id) {
		d.text = func(text []byte) string { return readable(mdx.Unmask(text)) }
	}
	if len(d.blocks) == 0 {
		d.blocks = plainBlocks(src, head.Start)
	}
	return d, reason, nil
}

// plainReason says why a text is not read as Markdown; "" where it is.
func plainReason(src []byte, head notes.Head) string {
	switch {
	case tooDeep(src[head.End:]):
		return fmt.Sprintf("quotations or lists nested more than %d deep: indexed as plain text, without links", maxContainers)
	case bytes.Count(src, []byte("\n")) > maxLines:
		return fmt.Sprintf("more than %d lines: indexed as plain text, without links", maxLines)
	}
	return ""
}

func isMDX(id string) bool { return strings.EqualFold(path.Ext(id), ".mdx") }

// kindOf is "markdown", the language of code, or "text".
func kindOf(id string) string {
	if notes.IsMarkdown(id) {
		return "markdown"
	}
	if language, ok := code.Language(id); ok {
		return language
	}
	return "text"
}

// titleOf is the title that the note states, else the first heading of the first level, else the file's name. A source file goes by
// its whole name.
func titleOf(id, stated string, d document) string {
	if isCode(id) {
		return path.Base(id)
	}
	if stated != "" {
		return stated
	}
	for _, b := range d.blocks {
		if b.kind == heading && b.level == 1 && b.heading != "" {
			return b.heading
		}
	}
	return strings.TrimSuffix(path.Base(id), path.Ext(id))
}

// tagsOf are the tags that edges lead to, sorted, each once.
func tagsOf(edges []store.Edge) []string {
	var tags []string
	for _, e := range edges {
		if tag, ok := strings.CutPrefix(e.Target, notes.TagPrefix); ok && e.Type == taggedAs {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// refusal is the file record of content that is no note.
func refusal(id string, err error) store.File {
	f := store.File{ID: id, State: store.Failed, Reason: reasonOf(err)}
	var skip notText
	if errors.As(err, &skip) {
		f.State = store.Skipped
	}
	return f
}
