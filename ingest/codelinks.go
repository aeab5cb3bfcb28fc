package ingest

import (
	"bytes"
	"slices"
	"strings"

	"amalfa/ingest/code"
	"amalfa/notes"
)

// codeReferences finds what the comments of a source file link to: by Markdown, and in the manner of documentation tools. from is
// where the file's text begins.
func (p *preparer) codeReferences(file code.File, from int) []reference {
	var refs []reference
	for _, c := range file.Comments {
		for _, r := range append(p.commentLinks(file, c), symbolLinks(file, c)...) {
			r.said = commentSentence([]byte(c.Text), r.pos)
			r.pos = from + c.Position(r.pos)
			refs = append(refs, r)
		}
	}
	slices.SortStableFunc(refs, func(a, b reference) int { return a.pos - b.pos })
	return refs
}

// commentLinks are the links of Markdown in a comment. "#" begins no tag there, "[ERROR: x]" and "tag-x" are what they are to a program, and what stands in parentheses behind brackets may
// be the name of a symbol.
func (p *preparer) commentLinks(file code.File, c code.Comment) []reference {
	if tooDeep([]byte(c.Text)) {
		return nil
	}
	refs := parseMarkdown(p.markdown, []byte(c.Text), 0, false).references
	for i, r := range refs {
		if destination, _, _ := strings.Cut(r.target, "#"); r.link && !code.IsPath(destination) {
			refs[i].target, refs[i].link, refs[i].symbol = file.Named(c, r.target), false, true
		}
	}
	return slices.DeleteFunc(refs, func(r reference) bool {
		return r.kind == taggedAs || r.kind == exampleOf || r.extra != 0 || r.target == ""
	})
}

// commentSentence is the sentence at pos, or the line, where that begins with the tag of a documentation tool.
func commentSentence(text []byte, pos int) string {
	near := text[max(0, pos-maxSentence):min(len(text), pos+maxSentence)]
	line, _, _ := bytes.Cut(near[lineStart(near, 0, min(pos, maxSentence)):], []byte("\n"))
	if bytes.HasPrefix(bytes.TrimSpace(line), []byte("@")) {
		return notes.Clip(oneLine(line), maxSentence)
	}
	return sentenceAt(text, pos)
}

func symbolLinks(file code.File, c code.Comment) []reference {
	var refs []reference
	for _, r := range file.References(c) {
		refs = append(refs, reference{kind: linksTo, target: r.Target, link: r.Path, symbol: !r.Path, pos: r.Pos})
	}
	return refs
}
