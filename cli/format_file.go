package cli

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

func writeJSONLines(w io.Writer, ans searchAnswer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, h := range ans.Results {
		if err := enc.Encode(h); err != nil {
			return err
		}
	}
	return nil
}

func writeCSV(w io.Writer, ans searchAnswer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"rank", "score", "id", "first_line", "last_line", "title", "heading", "snippet"}}
	for i, h := range ans.Results {
		score := strconv.FormatFloat(h.Score, 'f', 6, 64)
		if ans.listed {
			score = ""
		}
		rows = append(rows, []string{
			strconv.Itoa(i + 1), score, h.ID, strconv.Itoa(h.Lines[0]), strconv.Itoa(h.Lines[1]),
			h.Title, strings.Join(h.Heading, " > "), h.Snippet,
		})
	}
	return out.WriteAll(rows)
}

func (a *program) writeMarkdown(ans searchAnswer) {
	for _, c := range ans.Contexts {
		a.line("> About %s: %s\n", escapeMarkdown(cleanLine(c.Folder)), escapeMarkdown(cleanLine(c.Text)))
	}
	for i, h := range ans.Results {
		target := (&url.URL{Path: h.ID}).EscapedPath()
		a.line("%d. [%s](<%s#L%d-L%d>) %s", i+1, escapeMarkdown(cleanLine(h.Title)), target, h.Lines[0], h.Lines[1],
			escapeMarkdown(cleanLine(strings.Join(h.Heading, " › "))))
		a.line("   > %s", escapeMarkdown(cleanLine(h.Snippet)))
	}
}

var markdownSigns = regexp.MustCompile("([\\\\`*_\\[\\]<>#|])")

// escapeMarkdown makes text from a note stand as it is.
func escapeMarkdown(s string) string { return markdownSigns.ReplaceAllString(s, `\$1`) }

// xmlAnswer is the answer as XML, which cannot hold control characters: they become U+FFFD.
type xmlAnswer struct {
	XMLName xml.Name    `xml:"results"`
	Query   string      `xml:"query,attr"`
	Mode    string      `xml:"mode,attr,omitempty"`
	Folders []xmlFolder `xml:"context"`
	Results []xmlResult `xml:"result"`
}

// xmlFolder is what a folder says about its notes.
type xmlFolder struct {
	Folder string `xml:"folder,attr"`
	Text   string `xml:",chardata"`
}

type xmlResult struct {
	ID      string   `xml:"id,attr"`
	First   int      `xml:"first_line,attr"`
	Last    int      `xml:"last_line,attr"`
	Score   float64  `xml:"score,attr,omitempty"` // none in a list by filters alone
	Ref     string   `xml:"ref,attr"`
	Title   string   `xml:"title"`
	Heading []string `xml:"heading"`
	Snippet string   `xml:"snippet"`
	Relaxed bool     `xml:"relaxed,attr,omitempty"`
}

func writeXML(w io.Writer, ans searchAnswer) error {
	out := xmlAnswer{Query: ans.Query, Mode: ans.Mode}
	for _, c := range ans.Contexts {
		out.Folders = append(out.Folders, xmlFolder{c.Folder, c.Text})
	}
	for _, h := range ans.Results {
		out.Results = append(out.Results, xmlResult{h.ID, h.Lines[0], h.Lines[1], h.Score, h.Ref, h.Title, h.Heading, h.Snippet, h.Relaxed})
	}
	data, err := xml.MarshalIndent(out, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, data)
	}
	return err
}

// writePaths writes each note once, and those that do not satisfy the question only where none does: a list of paths has no marks. A name that a line cannot hold is quoted as Go and JSON do.
func (a *program) writePaths(ans searchAnswer) {
	seen := map[string]bool{}
	for _, h := range ans.Results {
		if seen[h.ID] || h.Relaxed && !ans.Results[0].Relaxed {
			continue
		}
		seen[h.ID] = true
		if strings.ContainsFunc(h.ID, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			a.line("%s", strconv.Quote(h.ID))
		} else {
			a.line("%s", h.ID)
		}
	}
}
