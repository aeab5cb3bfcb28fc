package ingest

import (
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPlain says what a passage holds for a reader, "" where that has the words of the text, and what he does not see of it.
func TestPlain(t *testing.T) {
	for _, tt := range []struct{ name, text, plain, hidden string }{
		{"words alone", "One *two* **three**: `four`\n> five\n", "", ""},
		{"a link", "The [linked phrase](b.md 'T') continues", "The linked phrase continues", "b.md\nT"},
		{"a wikilink with an alias", "see [[b/c|the other]] one", "see the other one", "b/c"},
		{"escapes, entities, marks within words", "snake\\_case caf&eacute; foo**bar**", "snake_case café foobar", ""},
		{"marks beside marks", "foo***bar*** *__x__* _y_ C\\# **C++** —**z**", "foobar x y C# C++ —z", ""},
		{"marks around words", "**~~bar~~** *__x__* _y_ **C++** (**z**), 日本 *語*", "", ""},
		{"code is as it stands", "`a\\_b` and\n\n```go\n[x](y.md)\n```\n", "", ""},
		{"an image", "![old pier](p.png) here", "old pier here", "p.png"},
		{"definitions", "[a]\n\n[a]: b.md\n  'Long\n  title'\n", "a\n\n", "b.md\nLong\n  title\n[a]: b.md\n  'Long\n  title'"},
		{"HTML", "One <b title='t'>two</b>three\n\n<div>\n<a href=\"x.md\">four</a>five\n</div>\n", "One twothree\n\n \nfourfive\n ", "t\nx.md"},
		{"a table", "| a | [b](c.md) |\n| - | - |\n| [[d\\|e]] | f\\|g |\n", "| a | b |\n| - | - |\n| e | f|g |", "c.md\nd"},
		{"links over the lines of a quotation", "> see [the\n> pier](b.md\n> \"t\") now\n", "> see the\n> pier now", "b.md\nt"},
		{"a footnote", "claim[^1] goes on", "claim goes on", "1"},
		{"math", "$$\n[[x, y]]\n\n# no\n$$\n", "", ""},
		{"a remark of several paragraphs", "seen\n\n%%\nnot [[a]]\n\n# nor this\n%%\n\nagain\n", "seen\n\n\nagain", "%%\nnot [[a]]\n\n# nor this\n%%"},
		{"a comment", "a <!-- b --> c", "a  c", "b"},
		{"a heading's name", "# Old pier {#pier}\n\nx\n", "# Old pier\n\nx", ""},
		{"data", "![g](data:image/png;base64,AAAA) x", "g x", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := prepareText(t, "n.md", tt.text, wordCount, 512)
			c := n.put.Chunks[0]
			if d := cmp.Diff([]string{tt.plain, tt.hidden}, []string{c.Plain, c.Hidden}); d != "" {
				t.Error(d)
			}
		})
	}
}

// Each passage holds what a reader sees of it, wherever it was cut.
func TestPlainOfEachPassage(t *testing.T) {
	text := strings.Repeat("The [linked phrase](b.md) goes caf&eacute;. ", 400)
	n := prepareText(t, "n.md", text, wordCount, 64)
	if len(n.put.Chunks) < 10 {
		t.Fatalf("%d passages", len(n.put.Chunks))
	}
	var seen []string
	for _, c := range n.put.Chunks {
		seen = append(seen, c.Plain)
	}
	if d := cmp.Diff(strings.Fields(strings.Repeat("The linked phrase goes café. ", 400)), strings.Fields(strings.Join(seen, " "))); d != "" {
		t.Error(d)
	}
}

func TestTitles(t *testing.T) {
	for text, want := range map[string]string{
		"# [[Wikilink|alias]] to a note": "alias to a note", "# [[A]] and ![[B]]": "A and B", "# Title {#custom}": "Title", "# Title {.class key=v} #": "Title",
		"# Title {not one}": "Title {not one}", "# Title \\{#x\\}": "Title {#x}", "# Title{#x}": "Title{#x}", "{#only}\n===": "n", "# A *b* **c** `d*e` ~~f~~": "A b c d*e f", "# caf&eacute; \\# 1": "café # 1", "# ![alt](i.png) [l](m.md 't')": "alt l",
		"Two\nlines [of\nit](x.md)\n===": "Two lines of it", "# $x_i$ <b>bold</b>": "x_i bold", "# a <!-- b --> c[^1]": "a c", "# [ref] x\n\n[ref]: y.md": "ref x",
		"# snake_case foo**bar**": "snake_case foobar", "# #tag": "#tag", "[a]: b.md\n===\n\n# Real": "Real", "# C\\# in {#c} braces": "C# in {#c} braces",
	} {
		if n := prepareText(t, "n.md", text, wordCount, 512); n.put.Note.Title != want {
			t.Errorf("%q: title %q, want %q", text, n.put.Note.Title, want)
		}
	}
}

// A carriage return alone ends a line as the others do, and no position moves.
func TestOldMacLineEnds(t *testing.T) {
	text := "# Old Mac\n\npara [[a]]\n\n## Sec\n\ntwo [b](c.md)\n\n- x #tag\n"
	want := prepareText(t, "n.md", text, wordCount, 512)
	for name, end := range map[string]string{"CR": "\r", "mixed": "\n\r"} {
		other := strings.ReplaceAll(text, "\n", end)
		if name == "mixed" {
			other = strings.ReplaceAll(text, "\n\n", end)
		}
		got := prepareText(t, "n.md", other, wordCount, 512)
		if d := cmp.Diff(want.put, got.put); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if want := (prepareText(t, "n.md", strings.ReplaceAll(text, "\n", "\r\n"), wordCount, 512)).put.Note; want.Title != "Old Mac" || want.Lines != 9 {
		t.Errorf("CRLF: %+v", want)
	}
}

// hostileNotes are texts whose blocks or their parts could be looked at again and again, by what is repeated.
var hostileNotes = map[string]string{
	"definitions": "[r]: x\n", "definitions apart": "[r]: x\n\n", "open titles": "[r]: x '\n", "open math": "$$\n\n", "math": "$$\na\n$$\n", "remarks": "%%\n", "tables": "a|b\n-|-\nc|d\n\n",
	"rows": "|a|b|\n|-|-|\n", "cells": "|a", "quotes": "> [a](b\n", "items": "- [r]: x\n", "headings": "# [[a|b]] {#c}\n", "setext": "[r]: x\n===\n", "HTML": "<div>\n<a href='b'>\n\n", "links": "[a](b", "emphasis": "*a_",
}

// Reading a text of twice the length allocates about twice as much.
func TestHostileNotesTakeLinearMemory(t *testing.T) {
	p := newMarkdown()
	allocated := func(text string) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d := parseMarkdown(p, []byte(text), 0, false)
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(d)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	for name, piece := range hostileNotes {
		const n = 40_000
		one, two := allocated(strings.Repeat(piece, n/len(piece))), allocated(strings.Repeat(piece, 2*n/len(piece)))
		if two > 2.6*one || two > 2*n*4000 {
			t.Errorf("%s: %.1f MB, and %.1f MB for twice the text", name, one/1e6, two/1e6)
		}
	}
}
