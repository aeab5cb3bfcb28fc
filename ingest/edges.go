package ingest

import (
	"bytes"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"
)

// Bounds on the evidence kept for an edge, and on how many edges one file can make.
const (
	maxSentence = 300
	maxEdges    = 20000
)

// edgesOf turns references into edges with line and sentence. cut tells that there were more than maxEdges.
func edgesOf(id string, src []byte, refs []reference) (edges []store.Edge, cut bool) {
	counter := lineCounter{text: src}
	for _, r := range refs {
		e := store.Edge{Source: id, Target: r.target, Type: r.kind, Weight: 1}
		switch {
		case r.kind == taggedAs:
			e.Target = notes.TagPrefix + r.target
		case r.path:
			target, ok := notes.Destination(id, r.target)
			if !ok {
				continue
			}
			e.Target, e.Path = target.Name, target.Path
		}
		if len(edges) == maxEdges {
			return edges, true
		}
		e.Line = counter.at(r.pos)
		e.Sentence = sentenceAt(src, r.pos)
		edges = append(edges, e)
	}
	return edges, false
}

// tagEdges makes edges for the tags of the front matter; the evidence is the line that holds the tag.
func tagEdges(id string, src []byte, head notes.Head) []store.Edge {
	tags := head.Tags()
	edges := make([]store.Edge, 0, len(tags))
	raw := bytes.ToLower(src[head.Start:head.End])
	for _, tag := range tags {
		at := max(0, bytes.Index(raw, []byte(tag)))
		line := raw[lineStart(raw, 0, at):]
		line, _, _ = bytes.Cut(line, []byte("\n"))
		from := head.Start + lineStart(raw, 0, at)
		edges = append(edges, store.Edge{
			Source: id, Target: notes.TagPrefix + tag, Type: taggedAs, Weight: 1,
			Line:     1 + bytes.Count(src[:from], []byte{'\n'}),
			Sentence: oneLine(src[from : from+min(len(line), len(src)-from)]),
		})
	}
	return edges
}

// sentenceAt is the sentence around pos, as one line of at most maxSentence bytes.
func sentenceAt(src []byte, pos int) string {
	from := pos
	for least := max(0, pos-maxSentence/2); from > least && !endsParagraph(src, from) && !endsSentence(src, from); {
		from--
	}
	most := min(len(src), from+maxSentence)
	to := min(pos+1, most)
	for to < most && !endsParagraph(src, to) && !endsSentence(src, to) {
		to++
	}
	return oneLine(src[from:to])
}

// endsParagraph tells whether a blank line, or the next item or heading, begins at i.
func endsParagraph(src []byte, i int) bool {
	return src[i-1] == '\n' && i < len(src) && bytes.IndexByte([]byte("\n\r-*+#>|"), src[i]) >= 0
}

// endsSentence tells whether a sentence ends just before i, in Latin or CJK punctuation.
func endsSentence(src []byte, i int) bool {
	if i < len(src) && src[i] <= ' ' && i >= 1 && bytes.IndexByte([]byte(".!?"), src[i-1]) >= 0 {
		return true
	}
	return i >= 3 && src[i-3] >= 0xE0 && slices.Contains([]string{"。", "！", "？"}, string(src[i-3:i]))
}

// oneLine joins the words with single spaces and drops what a cut left of a character.
func oneLine(text []byte) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(notes.Readable(text), "")), " ")
}
