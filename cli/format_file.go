package cli

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
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
	if ans.several {
		rows[0] = append(rows[0], "workspace")
	}
	for i, h := range ans.Results {
		score := strconv.FormatFloat(h.Score, 'f', 6, 64)
		if ans.listed {
			score = ""
		}
		rows = append(rows, []string{
			strconv.Itoa(i + 1), score, h.ID, strconv.Itoa(h.Lines[0]), strconv.Itoa(h.Lines[1]),
			h.Title, strings.Join(h.Heading, " > "), h.Snippet,
		})
		if ans.several {
			rows[i+1] = append(rows[i+1], h.Workspace)
		}
	}
	return out.WriteAll(rows)
}

func (s *session) writeMarkdown(ans searchAnswer) {
	for _, c := range ans.Contexts {
		s.line("> About %s: %s\n", escapeMarkdown(cleanLine(c.Folder)), escapeMarkdown(cleanLine(c.Text)))
	}
	for i, h := range ans.Results {
		s.line("%d. %s %s", i+1, s.markdownPlace(h), escapeMarkdown(cleanLine(strings.Join(h.Heading, " › "))))
		s.line("   > %s", escapeMarkdown(cleanLine(h.Snippet)))
	}
}

// markdownPlace is a link to a result, or where no file is on this machine the words for it.
func (s *session) markdownPlace(h searchResult) string {
	title := escapeMarkdown(cleanLine(h.Title))
	if h.Elsewhere {
		return fmt.Sprintf("%s (%s:%d-%d)", title, escapeMarkdown(cleanLine(s.pathOf(h))), h.Lines[0], h.Lines[1])
	}
	return fmt.Sprintf("[%s](<%s#L%d-L%d>)", title, (&url.URL{Path: s.pathOf(h)}).EscapedPath(), h.Lines[0], h.Lines[1])
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
	Workspace string `xml:"workspace,attr,omitempty"` // with --workspace

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
		out.Results = append(out.Results, xmlResult{h.Workspace, h.ID, h.Lines[0], h.Lines[1], h.Score, h.Ref, h.Title, h.Heading, h.Snippet, h.Relaxed})
	}
	data, err := xml.MarshalIndent(out, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, data)
	}
	return err
}

// writePaths writes each note once, and those that do not satisfy the question only where none does: a list of paths has no marks. A name that a line cannot hold is quoted as Go and JSON do.
func (s *session) writePaths(ans searchAnswer) {
	seen := map[string]bool{}
	for _, h := range ans.Results {
		name := s.pathOf(h)
		if seen[name] || h.Relaxed && !ans.Results[0].Relaxed {
			continue
		}
		seen[name] = true
		if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			name = strconv.Quote(name)
		}
		s.line("%s", name)
	}
}

// pathOf is the path of a result's note in its workspace, or as the user would type it here where several were asked.
func (s *session) pathOf(h searchResult) string {
	switch {
	case h.root == "" && h.Workspace != "":
		return h.Workspace + ":" + h.ID // of no folder here: no path leads to it
	case h.root == "":
		return h.ID
	}
	return filepath.ToSlash(s.Relative(filepath.Join(h.root, filepath.FromSlash(h.ID))))
}
