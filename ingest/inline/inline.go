// Package inline reads the text within one block of Markdown: the inline part of CommonMark 0.31 and of GitHub's extensions to
// it, with what note-taking programs add in the same places: [[wikilinks]] and embeds, #tags, $math$, %%remarks%%, footnote
// marks. A block is a paragraph, a heading or a cell of a table, its lines joined, without the marks of the blocks around it.
//
// The time is linear in the text, and so is the memory, whatever the text is: each look ahead ends at the mark that a second
// look ahead would begin at, is bounded, or is not repeated once it failed.
package inline

import (
	"slices"
	"strings"
)

// A Kind is what a token is.
type Kind uint8

// Kinds of tokens.
const (
	Markup   Kind = iota // bytes that a reader sees as Text: delimiters as "", escapes, entities
	Hidden               // Text is words that no reader sees: titles, attributes, names behind an alias
	Link                 // from "[" to the end of the destination; Text is the destination, decoded
	Image                // the same with "!"
	Wikilink             // [[Text]]; Text stands as written, but a line's end is a space
	Embed                // ![[Text]]
	Tag                  // #Text, #[[Text]], [tag: Text]
	Example              // tag-Text
	Comment              // <!-- -->; Text is all of it
	Relation             // [WORD: target]; Text is the word, and the target may hold links
)

// A Token is a part of a block that is more than its letters. Tokens may lie within one another (the markup of a link in the
// link), but those of the kind Markup never overlap.
type Token struct {
	Kind       Kind
	Start, End int // bytes of the block
	Text       string
	// Where what a link names stands as it is written, in bytes of the block: its destination without <> or quotes, what is between
	// [[ and ]]. Both are 0 where it stands elsewhere: [text][label].
	From, To int
}

// Parse returns the tokens of a block by position. Labels of links are looked up among the definitions.
func Parse(block []byte, defs Definitions) []Token { return parse(block, defs).out }

func parse(block []byte, defs Definitions) *scanner {
	s := scanner{text: block, defs: defs, lastDelimiter: none}
	for i := 0; i < len(block); {
		i = s.step(i)
	}
	s.emphasis(none)
	s.trimTags()
	slices.SortStableFunc(s.out, func(a, b Token) int { return a.Start - b.Start })
	s.dropWithinLinks()
	return &s
}

// dropWithinLinks takes out the links that stand in the descriptions of images, which nobody can follow, and of tags the words "tag-name" in
// the texts of links.
func (s *scanner) dropWithinLinks() {
	image, link := 0, 0 // ends of those so far
	s.out = slices.DeleteFunc(s.out, func(t Token) bool {
		switch t.Kind {
		case Image:
			image = max(image, t.End)
		case Link:
			link = max(link, t.End)
			return t.End < image
		case Example:
			return t.End < max(image, link)
		}
		return false
	})
}

// Visible is what a reader sees of a block whose tokens these are.
func Visible(block []byte, tokens []Token) string {
	var b strings.Builder
	at := 0
	for _, t := range tokens {
		if t.Kind == Markup {
			b.Write(block[at:t.Start])
			b.WriteString(t.Text)
			at = t.End
		}
	}
	b.Write(block[at:])
	return b.String()
}
