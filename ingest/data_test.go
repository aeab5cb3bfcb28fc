package ingest

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

// picture is n random bytes in base64.
func picture(n int) string {
	r := rand.New(rand.NewPCG(uint64(n), 39))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return base64.StdEncoding.EncodeToString(b)
}

// Data is nowhere in what is indexed of a note, and everything else is: text, links, lines.
func TestDataIsLeftOut(t *testing.T) {
	data := "data:image/png;base64," + picture(6000)
	for name, tt := range map[string]struct{ id, text, want, reason string }{
		"inline":       {"n.md", "# P\nx ![g](" + data + ") y [[Other]]", "# P\nx ![g](…) y [[Other]]", "1 embedded image left out"},
		"defined":      {"n.md", "x ![g][1] [[Other]]\n\n[1]: " + data, "x ![g][1] [[Other]]\n\n[1]: …", "1 embedded image left out"},
		"HTML":         {"n.md", "<div><img src='" + data + "'>\n</div>\n\nx [[Other]]", "<div><img src='…'>\n</div>\n\nx [[Other]]", "1 embedded image left out"},
		"a link":       {"n.md", "x [g](" + data + ") [[Other]]", "x [g](…) [[Other]]", "1 embedded image left out"},
		"a table":      {"n.md", "| a | b |\n|---|---|\n| ![g](" + data + ") | [[Other]] |", "| a | b |\n|---|---|\n| ![g](…) | [[Other]] |", "1 embedded image left out"},
		"a list":       {"n.md", "- a\n- ![g](" + data + ")\n- [[Other]]", "- a\n- ![g](…)\n- [[Other]]", "1 embedded image left out"},
		"a fence":      {"n.md", "```\n" + picture(3000) + "\n```\n\n[[Other]]", "```\n…\n```\n\n[[Other]]", "1 block of base64 left out"},
		"MDX":          {"n.mdx", "x ![g](" + data + ") <Img src=\"" + data + "\"/> [[Other]]", "x ![g](…)  [[Other]]", "2 embedded images left out"},
		"a text":       {"n.txt", "x " + picture(3000) + " y", "x … y", "1 block of base64 left out"},
		"two of kinds": {"n.md", "![](" + data + ") ![](" + data + ")\n\n" + picture(900) + "\n\n[[Other]]", "![](…) ![](…)\n\n…\n\n[[Other]]", "2 embedded images, 1 block of base64 left out"},
		"a heading":    {"n.md", "# A ![g](" + data + ")\n\n[[Other]]", "# A ![g](…)\n\n[[Other]]", "1 embedded image left out"},
	} {
		t.Run(name, func(t *testing.T) {
			n := prepareText(t, tt.id, tt.text, wordCount, 512)
			if len(n.put.Chunks) != 1 {
				t.Fatalf("%d passages", len(n.put.Chunks))
			}
			c := n.put.Chunks[0]
			if diff := cmp.Diff(tt.want, c.Text); diff != "" {
				t.Error(diff)
			}
			if n.put.File.State != store.Indexed || n.put.File.Reason != tt.reason {
				t.Errorf("%s: %q, want %q", n.put.File.State, n.put.File.Reason, tt.reason)
			}
			all := fmt.Sprint(c.Plain, c.Hidden, c.Heading, n.put.Note.Title, n.embed, n.put.Edges)
			if strings.Contains(all, picture(6000)[:20]) || strings.Contains(all, "base64") || strings.Contains(all, "\xff") {
				t.Errorf("data shows: %.300s", all)
			}
			if strings.Contains(tt.text, "Other") && (len(n.put.Edges) != 1 || n.put.Edges[0].Target != "Other") {
				t.Errorf("%+v", n.put.Edges)
			}
			if c.End != len(tt.text) || c.LastLine != 1+strings.Count(tt.text, "\n") {
				t.Errorf("ends at byte %d of line %d", c.End, c.LastLine)
			}
		})
	}
}

// However long, it is one ellipsis in a passage of the text around it.
func TestLongData(t *testing.T) {
	words := strings.Repeat("people write words ", 10)
	text := words + "![](data:image/png;base64," + picture(200_000) + ") " + words + "\n\n" + words
	n := prepareText(t, "n.md", text, wordCount, 512)
	if len(n.put.Chunks) != 1 || n.put.Chunks[0].Text != words+"![](…) "+words+"\n\n"+strings.TrimSpace(words) {
		t.Errorf("%d passages, the first %.200q", len(n.put.Chunks), n.put.Chunks[0].Text)
	}
	long := strings.Repeat(words, 50)
	n = prepareText(t, "n.md", long+"![](data:image/png;base64,"+picture(200_000)+") "+long, wordCount, 512)
	var all strings.Builder
	for _, c := range n.put.Chunks {
		all.WriteString(c.Text + " ")
	}
	if got := strings.Join(strings.Fields(all.String()), " "); got != strings.TrimSpace(long+"![](…) "+long) || len(n.put.Chunks) > 15 {
		t.Errorf("%d passages, %.100q", len(n.put.Chunks), got)
	}
}

// Base64 that is wrapped over a great many lines makes no more passages than on one.
func TestWrappedData(t *testing.T) {
	var lines strings.Builder
	for range 3000 {
		lines.WriteString(picture(57) + "\n")
	}
	text := "# Key\n\n" + lines.String() + "\nend"
	n := prepareText(t, "n.md", text, wordCount, 512)
	if len(n.put.Chunks) != 1 || n.put.Chunks[0].Text != "# Key\n\n…\n\nend" || n.put.Chunks[0].LastLine != 3004 {
		t.Errorf("%d passages, the first %.200q to line %d", len(n.put.Chunks), n.put.Chunks[0].Text, n.put.Chunks[0].LastLine)
	}
}
