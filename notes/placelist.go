package notes

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// flowEnd goes on after the last item of the list whose bracket is at open.
func (h Head) flowEnd(note []byte, open int, list string) (c change, err error) {
	last := open // the last byte that is neither a space nor in a comment
	for i := open + 1; i < h.to; i++ {
		switch c := note[i]; {
		case c == ']':
			return change{last + 1, last + 1, separator(note[last]) + list}, nil
		case c == '#' && (h.Format == TOML || isSpace(note[i-1])):
			line, _, _ := bytes.Cut(note[i:], []byte("\n"))
			i += len(line)
			continue
		case isSpace(c):
			continue
		case isQuote(c) && (isSpace(note[i-1]) || note[i-1] == '[' || note[i-1] == ','):
			i = quoteEnd(note[:h.to], i)
		}
		last = i
	}
	return c, refuse("line %d: the list has no end", lineOf(note, open))
}

// separator is what stands between the last byte of a list and its next item.
func separator(last byte) string {
	switch last {
	case '[':
		return ""
	case ',':
		return " "
	}
	return ", "
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isQuote(c byte) bool { return c == '"' || c == '\'' }

// quoteEnd is at the quote that closes the one at i, or at the end of the text.
func quoteEnd(text []byte, i int) int {
	quote := text[i]
	for i++; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] != quote:
		case quote == '\'' && i+1 < len(text) && text[i+1] == quote: // YAML's way of writing one
			i++
		default:
			return i
		}
	}
	return len(text) - 1
}

// lineComment is a comment behind a value.
var lineComment = regexp.MustCompile(`[ \t]#.*`)

// scalarEnd is where a scalar on one line ends.
func (h Head) scalarEnd(note []byte, at int) int {
	line, _, _ := bytes.Cut(note[at:h.to], []byte("\n"))
	if len(line) > 0 && isQuote(line[0]) {
		return at + quoteEnd(line, 0) + 1
	}
	if h.Format == JSON {
		return at + len(bytes.TrimRight(line[:bytes.IndexAny(append(slices.Clip(line), ','), ",}")], " \t\r"))
	}
	return at + len(bytes.TrimRight(lineComment.ReplaceAll(line, nil), " \t\r"))
}

// blockEnd goes on after the last item of a list with dashes, with its indent.
func (h Head) blockEnd(note []byte, n *yaml.Node, items []string) (c change, err error) {
	at := newPlaces(note, h.from, h.to).of(n.Content[len(n.Content)-1])
	start := bytes.LastIndexByte(note[:at], '\n') + 1
	dash := bytes.IndexByte(note[start:at], '-')
	if dash < 0 {
		return c, refuse("line %d: the last item has no dash of its own", lineOf(note, at))
	}
	c.from = h.itemEnd(note, at, dash)
	c.to = c.from
	for _, item := range items {
		c.put += string(note[start:start+dash]) + "- " + item + lineEnd(note[h.from:])
	}
	return c, nil
}

// itemEnd is behind the lines of an item that stands at the byte at: its own, and those that are further in than its dash.
func (h Head) itemEnd(note []byte, at, dash int) int {
	first := true
	for line := range bytes.Lines(note[at:h.to]) {
		text := bytes.TrimLeft(line, " ")
		if !first && (len(line)-len(text) <= dash || isSpace(text[0]) || text[0] == '#') {
			break
		}
		at, first = at+len(line), false
	}
	return at
}

// otherwise is what YAML 1.1 and its readers take for something else than text: numbers, dates, yes and no.
var otherwise = regexp.MustCompile(`^(?i:[-+.]?[0-9].*|y|n|yes|no|on|off|true|false|null|[-+]?\.(?:inf|nan))$`)

// quoted puts quotes around what the format would read as something else than text.
func (f Format) quoted(tags []string) []string {
	out := slices.Clone(tags)
	for i, tag := range out {
		if f != YAML || otherwise.MatchString(tag) || !isPlainYAML(tag) {
			out[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(tag) + `"`
		}
	}
	return out
}

// isPlainYAML tells whether YAML reads a word, in a list of either kind, as just that word.
func isPlainYAML(tag string) bool {
	for _, list := range []string{"[" + tag + "]", "- " + tag} {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(list), &doc); err != nil || len(doc.Content) != 1 || len(doc.Content[0].Content) != 1 {
			return false
		}
		if n := doc.Content[0].Content[0]; n.Kind != yaml.ScalarNode || n.Tag != "!!str" || n.Value != tag || n.LineComment != "" {
			return false
		}
	}
	return true
}
