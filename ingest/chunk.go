package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"
)

const (
	// targetTokens is the size a chunk grows to. Small enough that the vector stands for one thought and the answer's lines
	// are evidence, large enough that most sections stay whole. A single block may be larger, up to the model's limit.
	targetTokens = 320
	// reserveTokens are kept free of the model's limit for [CLS], [SEP] and a passage prefix.
	reserveTokens = 16
	// maxChunkBytes bounds a chunk whose tokens say nothing (a run of 10,000 letters is one [UNK]).
	maxChunkBytes = 8 << 10
	// maxChunks bounds what one file can make the index hold and the model embed.
	maxChunks = 20000
)

// chunker cuts one note. Chunks are in order, do not overlap, and together hold all of the body that is not blank.
type chunker struct {
	src         []byte
	title       string                                      // of the note
	meaning     string                                      // what the title says, "" for nothing
	text        func([]byte) string                         // what people read of a part of src
	prose       func([]byte) string                         // what the model reads of it
	view        func(start, end int) (plain, hidden string) // what readers see of it, and what they do not
	description string                                      // read before the first passage
	count       func(string) int
	limit       int // tokens of one embedded text
	target      int
	counter     lineCounter
	path        []headingLevel
	out         []passage
	truncated   bool // there was more than maxChunks
}

type headingLevel struct {
	level int
	text  string
}

// A passage is a chunk and the text that is embedded for it.
type passage struct {
	chunk store.Chunk
	embed string
}

func newChunker(src []byte, title string, count func(string) int, maxTokens int) *chunker {
	limit := max(maxTokens-reserveTokens, maxTokens/2, 1)
	return &chunker{
		src: src, title: title, meaning: notes.Meaning(title), text: readable, prose: readable, count: count, limit: limit, target: min(targetTokens, limit),
		counter: lineCounter{text: src},
	}
}

// run cuts the blocks section by section: a section is a heading and what stands before the next one. Headings with nothing
// below them go with the first section inside them.
func (c *chunker) run(blocks []block) []passage {
	for i := 0; i < len(blocks); {
		from := i
		for i < len(blocks) && blocks[i].kind == heading && (i == from || blocks[i].level > blocks[i-1].level) {
			c.enter(blocks[i])
			i++
		}
		heads := blocks[from:i]
		from = i
		for i < len(blocks) && blocks[i].kind != heading {
			i++
		}
		c.section(heads, blocks[from:i])
	}
	return c.out
}

// enter makes a heading part of the path.
func (c *chunker) enter(b block) {
	for len(c.path) > 0 && c.path[len(c.path)-1].level >= b.level {
		c.path = c.path[:len(c.path)-1]
	}
	c.path = append(c.path, headingLevel{b.level, b.heading})
}

// section packs blocks into chunks of at most target tokens. A short rest joins the chunk before it where the model has room: a
// chunk of one line would be found by nobody.
func (c *chunker) section(heads, body []block) {
	context := c.context()
	room := max(c.limit-c.count(context), c.limit/2)
	var pieces []span
	for _, b := range body {
		pieces = append(pieces, c.spans(b, room)...)
	}
	start, text := -1, 0 // where the chunk begins with its headings, and where its text does
	if len(heads) > 0 {
		start, text = heads[0].start, heads[len(heads)-1].end
	}
	if len(pieces) == 0 && start >= 0 {
		c.emit(start, span{start: text, end: text}, context)
	}
	for len(pieces) > 0 {
		n := c.boundary(pieces)
		if all, ok := c.within(pieces, room); ok && all-sumTokens(pieces[:n]) < c.target/5 {
			n = len(pieces)
		}
		if start < 0 {
			start, text = pieces[0].start, pieces[0].start
		}
		c.emit(start, span{start: text, end: pieces[n-1].end}, context)
		start, pieces = -1, pieces[n:]
	}
}

// emit writes one chunk, whose headings begin at start. Tokens of joined text can differ from the sum of the parts; a chunk
// that exceeds the limit after all is halved.
func (c *chunker) emit(start int, s span, context string) {
	if len(c.out) >= maxChunks {
		c.truncated = true
		return
	}
	start, end := trimBlank(c.src, start, s.end)
	s.start = min(s.start, end)
	embed := c.prose(c.src[s.start:end])
	if len(c.out) == 0 {
		embed = joinContext(c.description, embed)
	}
	embed = joinContext(context, embed)
	tokens := c.count(embed)
	if tokens > c.limit && end-s.start > reserveTokens {
		for _, half := range cutAtSpaces(c.src, span{start: s.start, end: end}, (end-s.start+1)/2) {
			c.emit(start, half, context)
			start = half.end
		}
		return
	}
	sum := sha256.Sum256([]byte(embed))
	plain, hidden := c.view(start, end)
	c.out = append(c.out, passage{embed: embed, chunk: store.Chunk{
		Seq: len(c.out), Heading: c.headings(), FirstLine: c.counter.at(start), LastLine: c.counter.at(max(start, end-1)),
		Start: start, End: end, Tokens: tokens, Hash: hex.EncodeToString(sum[:]), Text: c.text(c.src[start:end]),
		Plain: plain, Hidden: hidden,
	}})
}

func (c *chunker) headings() []string {
	list := make([]string, len(c.path))
	for i, h := range c.path {
		list[i] = h.text
	}
	return list
}

// context is what the model reads before the passage: title > heading > heading, the title as far as it says anything. It gives up
// its outer parts before it takes more than a quarter of the limit.
func (c *chunker) context() string {
	parts := append([]string{c.title}, c.headings()...)
	for i, part := range parts {
		if part == c.title {
			parts[i] = c.meaning
		}
	}
	parts = slices.DeleteFunc(slices.Compact(parts), func(s string) bool { return s == "" })
	for len(parts) > 0 {
		if s := strings.Join(parts, " > "); c.count(s) <= c.limit/4 {
			return s
		}
		parts = parts[1:]
	}
	return ""
}

// describe gives the model what the note says about itself, cut to a quarter of the limit, before the first passage.
func (c *chunker) describe(text string) {
	words := strings.Fields(text)
	for len(words) > 0 && c.count(strings.Join(words, " ")) > c.limit/4 {
		words = words[:len(words)*3/4]
	}
	c.description = strings.Join(words, " ")
}

func joinContext(context, text string) string {
	text = strings.TrimSpace(text)
	if context == "" || text == "" {
		return context + text
	}
	return context + "\n\n" + text
}
