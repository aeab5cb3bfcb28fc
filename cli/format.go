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
	"slices"
	"strconv"
	"strings"

	"amalfa/search"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// formats are what --format takes, with the one that --json means.
var formats = []string{"table", "json", "jsonl", "csv", "md", "xml", "paths", "pack"}

const defaultPackTokens = 2000

func formatFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "format", Value: "table", HideDefault: true, Usage: strings.Join(formats, ", ") + " (the best evidence within --tokens)"},
		&cli.IntFlag{Name: "tokens", HideDefault: true, Usage: fmt.Sprintf("the budget of --format pack, in `N` tokens of the model (default: %d)", defaultPackTokens)},
	}
}

// format is the flag, or json where --json stands.
func format(c *cli.Command) (string, error) {
	f := c.String("format")
	switch {
	case !slices.Contains(formats, f):
		return "", &usageError{fmt.Sprintf("--format has no %q", f), "choose " + strings.Join(formats, ", ")}
	case c.IsSet("tokens") && f != "pack":
		return "", &usageError{"--tokens belongs to --format pack", ""}
	case c.IsSet("tokens") && c.Int("tokens") < 1:
		return "", &usageError{fmt.Sprintf("--tokens takes 1 or more, not %d", c.Int("tokens")), ""}
	case f == "table" && c.Bool("json"):
		return "json", nil
	}
	return f, nil
}

// writeHits writes an answer in one of the formats. Notes about it go to standard error where the format has no place.
func (s *session) writeHits(c *cli.Command, as string, ans searchAnswer) error {
	if as != "table" && as != "json" && as != "pack" {
		defer s.notes(ans)
	}
	switch as {
	case "json":
		return s.printJSON(ans)
	case "jsonl":
		return writeJSONLines(s.out, ans)
	case "csv":
		return writeCSV(s.out, ans)
	case "md":
		s.writeMarkdown(ans)
	case "xml":
		return writeXML(s.out, ans)
	case "paths":
		s.writePaths(ans)
	case "pack":
		return s.writePack(c, ans)
	default:
		s.printHits(ans)
	}
	return nil
}

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
		rows = append(rows, []string{
			strconv.Itoa(i + 1), strconv.FormatFloat(h.Score, 'f', 6, 64), h.ID, strconv.Itoa(h.Lines[0]), strconv.Itoa(h.Lines[1]),
			h.Title, strings.Join(h.Heading, " > "), h.Snippet,
		})
	}
	return out.WriteAll(rows)
}

func (a *app) writeMarkdown(ans searchAnswer) {
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
	Mode    string      `xml:"mode,attr"`
	Results []xmlResult `xml:"result"`
}

type xmlResult struct {
	ID      string   `xml:"id,attr"`
	First   int      `xml:"first_line,attr"`
	Last    int      `xml:"last_line,attr"`
	Score   float64  `xml:"score,attr"`
	Title   string   `xml:"title"`
	Heading []string `xml:"heading"`
	Snippet string   `xml:"snippet"`
}

func writeXML(w io.Writer, ans searchAnswer) error {
	out := xmlAnswer{Query: ans.Query, Mode: ans.Mode}
	for _, h := range ans.Results {
		out.Results = append(out.Results, xmlResult{h.ID, h.Lines[0], h.Lines[1], h.Score, h.Title, h.Heading, h.Snippet})
	}
	data, err := xml.MarshalIndent(out, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, data)
	}
	return err
}

// writePaths writes each note once. A name that a line cannot hold is quoted as Go and JSON do.
func (a *app) writePaths(ans searchAnswer) {
	seen := map[string]bool{}
	for _, h := range ans.Results {
		if seen[h.ID] {
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

// A pack is the best evidence within a number of tokens.
type pack struct {
	Query    string   `json:"query"`
	Budget   int      `json:"budget"`
	Tokens   int      `json:"tokens"`
	Pieces   []piece  `json:"pieces"`
	LeftOut  int      `json:"leftOut"` // passages found that did not fit
	Degraded []string `json:"degraded"`
}

type piece struct {
	ID      string   `json:"id"`
	Lines   [2]int   `json:"lines"`
	Heading []string `json:"heading"`
	Text    string   `json:"text"`
	Tokens  int      `json:"tokens"`
}

// writePack takes passages in order of rank as long as they fit, with all that is printed around them.
func (s *session) writePack(c *cli.Command, ans searchAnswer) error {
	counter := wordTokens
	if tok, _, err := s.tokenizer(); err == nil {
		counter = tok.Count
	}
	p := pack{Query: ans.Query, Budget: defaultPackTokens, Pieces: []piece{}, Degraded: ans.Degraded}
	if c.IsSet("tokens") {
		p.Budget = c.Int("tokens")
	}
	seen := map[string]bool{}
	for _, h := range ans.Results {
		piece := piece{ID: h.ID, Lines: h.Lines, Heading: h.Heading, Text: strings.TrimSpace(h.text)}
		piece.Tokens = counter(packed(piece))
		if seen[piece.Text] || p.Tokens+piece.Tokens > p.Budget {
			p.LeftOut++
			continue
		}
		seen[piece.Text] = true
		p.Tokens += piece.Tokens
		p.Pieces = append(p.Pieces, piece)
	}
	return s.print(c, p, func() {
		for _, piece := range p.Pieces {
			s.line("%s", packed(piece))
		}
		s.notes(ans)
		s.note("%s, %d of %d tokens; %d left out", count(len(p.Pieces), "passage"), p.Tokens, p.Budget, p.LeftOut)
	})
}

func packed(p piece) string {
	head := fmt.Sprintf("[%s:%d-%d]", cleanLine(p.ID), p.Lines[0], p.Lines[1])
	if len(p.Heading) > 0 {
		head += " " + cleanLine(strings.Join(p.Heading, " > "))
	}
	return head + "\n" + clean(p.Text) + "\n"
}

// wordTokens stands in where the model's tokenizer is not here: no tokenizer makes more of plain text than one a rune, and
// common ones make less than one of two.
func wordTokens(text string) int { return (len([]rune(text)) + 1) / 2 }

// place is where a hit stands, on a terminal as a link that opens it.
func (s *session) place(id string, lines [2]int) string {
	text := s.bold(fmt.Sprintf("%s:%d-%d", cleanLine(id), lines[0], lines[1]))
	if !s.color {
		return text
	}
	link := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(s.ws.Root, filepath.FromSlash(id))), Fragment: fmt.Sprintf("L%d", lines[0])}
	return "\x1b]8;;" + link.String() + "\x1b\\" + text + "\x1b]8;;\x1b\\"
}

// mark shows the words of a question within a line of text, on a terminal.
func (a *app) mark(text, query string) string {
	if !a.color {
		return text
	}
	var words []string
	for _, w := range store.Terms(query) {
		if len(w) > 2 {
			words = append(words, regexp.QuoteMeta(w))
		}
	}
	if len(words) == 0 {
		return text
	}
	return regexp.MustCompile(`(?i)\b(`+strings.Join(words, "|")+`)`).ReplaceAllStringFunc(text, a.bold)
}

// explanation is one line on how a hit came to its place.
func explanation(e search.Explanation, scores search.Scores) string {
	var parts []string
	stage := func(name string, rank int, score *float64) {
		if rank > 0 {
			text := fmt.Sprintf("%s #%d", name, rank)
			if score != nil {
				text += fmt.Sprintf(" (%.3f)", *score)
			}
			parts = append(parts, text)
		}
	}
	stage("words", e.KeywordRank, scores.Keyword)
	stage("meaning", e.VectorRank, scores.Vector)
	stage("first", e.FirstRank, nil)
	stage("fused", e.FusedRank, scores.Fused)
	if e.Named {
		parts = append(parts, "named")
	}
	if e.Verbatim {
		parts = append(parts, "verbatim")
	}
	if scores.Rerank != nil {
		parts = append(parts, fmt.Sprintf("reranked (%.3f)", *scores.Rerank))
	}
	return strings.Join(parts, " · ")
}
