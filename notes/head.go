package notes

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Bounds on front matter. Real front matter is a few hundred bytes.
const (
	maxHead  = 64 << 10 // bytes from the first fence to the second
	maxNames = 1000     // tags and aliases of one note, each
	MaxTitle = 200      // bytes of a title or an alias
)

// A Format is a language of front matter, named by the line that opens and closes it.
type Format string

// Formats of front matter.
const (
	None Format = ""
	YAML Format = "---" // "..." closes it too
	TOML Format = "+++"
)

// A Head is the front matter of a note: where it stands, and what it says. Positions are bytes of the note.
type Head struct {
	Format     Format
	Start, End int // the block with its fences; without one, both are where the text begins
	from, to   int // what stands between the fences
	content
}

// ReadHead finds the front matter that opens on the first line of a note, and reads it. A block that holds no keys is text
// between two rules across the page.
//
// An error says why the block cannot be read as a whole, or that nothing closes it. The text is good all the same, from End
// on, and the head holds what stands on lines of its own.
func ReadHead(note []byte) (Head, error) {
	start := BOMLength(note)
	none := Head{Start: start, End: start}
	h, err := findBlock(note, start)
	if h.Format == None {
		return none, err
	}
	inner := note[h.from:h.to]
	if h.content, err = parse(h.Format, inner); err == nil {
		return h, nil
	}
	if errors.Is(err, errProse) || !keyed(h.Format, inner) {
		return none, nil
	}
	h.content = content{fields: plainFields(inner)}
	return h, fmt.Errorf("front matter: %w", err)
}

// findBlock finds the two fences. It returns an error for a block with a key and no second fence.
func findBlock(note []byte, start int) (Head, error) {
	first, rest, _ := bytes.Cut(note[start:], []byte("\n"))
	h := Head{Format: Format(bytes.TrimRight(first, " \t\r")), Start: start, from: start + len(first) + 1}
	if h.Format != YAML && h.Format != TOML {
		return Head{}, nil
	}
	h.to = h.from
	for line := range bytes.Lines(rest) {
		bare := Format(bytes.TrimRight(line, " \t\r\n"))
		if bare == h.Format || h.Format == YAML && bare == "..." {
			h.End = h.to + len(line)
			return h, nil
		}
		if h.to += len(line); h.to-h.from >= maxHead {
			break
		}
	}
	if keyLine.Match(rest) {
		return Head{}, fmt.Errorf("front matter: no closing %s within %d KiB", h.Format, maxHead>>10)
	}
	return Head{}, nil // a rule across the page
}

// Title is the title on one line, "" when there is none.
func (h Head) Title() string {
	return Clip(strings.Join(strings.Fields(h.first("title")), " "), MaxTitle)
}

// Date is the date as the note states it, or its day (see Day) where that is spelled otherwise than 2024-03-05.
func (h Head) Date() string {
	for _, key := range []string{"date", "created", "published"} {
		stated := strings.TrimSpace(h.first(key))
		if day, ok := Day(stated); ok && strings.HasPrefix(stated, day) {
			return Clip(stated, 64)
		} else if ok {
			return day
		}
	}
	return ""
}

// Tags are the tags in their normal form, in the order of the text.
func (h Head) Tags() []string {
	var tags []string
	for _, key := range []string{"tags", "tag", "keywords"} {
		tags = append(tags, normalTags(h.fields[key].words())...)
	}
	return tags[:min(len(tags), maxNames)]
}

// Aliases are other names of the note.
func (h Head) Aliases() []string {
	var aliases []string
	for _, key := range []string{"aliases", "alias"} {
		for _, alias := range h.fields[key].items {
			if alias = Clip(strings.TrimSpace(alias), MaxTitle); alias != "" && len(aliases) < maxNames {
				aliases = append(aliases, alias)
			}
		}
	}
	return aliases
}

func (h Head) first(key string) string {
	for _, item := range h.fields[key].items {
		return item
	}
	return ""
}
