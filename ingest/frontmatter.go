package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// maxFrontMatter bounds what a parser is given: real front matter is a few hundred bytes.
const maxFrontMatter = 64 << 10

// maxNames bounds tags and aliases of one note, each.
const maxNames = 1000

// frontMatter is what the index takes from the block at the head of a note.
type frontMatter struct {
	present    bool
	start, end int // byte range of the whole block with its fences
	title      string
	date       string
	tags       []string
	aliases    []string
}

var keyLine = regexp.MustCompile(`^[\pL_][\pL\pN_ -]{0,63}[:=]`)

// parseFrontMatter looks for a block between lines of --- (YAML) or +++ (TOML) on the first line. With an error the rest of
// the note is still good: end says where it begins. Then only what stands on lines of its own is taken.
func parseFrontMatter(text []byte) (frontMatter, error) {
	fm := frontMatter{start: bomLength(text)}
	fm.end = fm.start
	fence, inner, end, err := frontMatterBlock(text[fm.start:])
	if inner == nil {
		return fm, err
	}
	var values map[string][]string
	if fence == "+++" {
		values, err = tomlValues(inner)
	} else {
		values, err = yamlValues(inner)
	}
	if errors.Is(err, errProse) {
		return fm, nil
	}
	fm.present = true
	fm.end += end
	if err != nil {
		fm.take(plainValues(inner))
		return fm, fmt.Errorf("front matter: %w", err)
	}
	fm.take(values)
	return fm, nil
}

// frontMatterBlock returns the text between the fences, nil when there is no block, and where the block ends.
func frontMatterBlock(text []byte) (fence string, inner []byte, end int, err error) {
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	fence = string(bytes.TrimRight(first, " \t\r"))
	if fence != "---" && fence != "+++" {
		return "", nil, 0, nil
	}
	open := len(first) + 1
	window := rest[:min(len(rest), maxFrontMatter)]
	for pos := 0; pos < len(window); {
		line, _, more := bytes.Cut(window[pos:], []byte("\n"))
		if trimmed := string(bytes.TrimRight(line, " \t\r")); trimmed == fence || fence == "---" && trimmed == "..." {
			return fence, window[:pos:pos], min(open+pos+len(line)+1, len(text)), nil
		}
		if !more {
			break
		}
		pos += len(line) + 1
	}
	if keyLine.Match(rest) { // otherwise it is a rule across the page
		err = fmt.Errorf("front matter: no closing %s within %d KiB", fence, maxFrontMatter>>10)
	}
	return fence, nil, 0, err
}

// take files the values under the keys that Obsidian, Hugo, Jekyll and Zettlr write.
func (fm *frontMatter) take(values map[string][]string) {
	fm.title = clip(strings.Join(strings.Fields(first(values["title"])), " "), maxTitle)
	for _, key := range []string{"date", "created", "published"} {
		if fm.date == "" {
			fm.date = clip(strings.TrimSpace(first(values[key])), 64)
		}
	}
	for _, key := range []string{"tags", "tag", "keywords"} {
		for _, tag := range listed(values[key]) {
			if tag, ok := normalTag(tag); ok && len(fm.tags) < maxNames {
				fm.tags = append(fm.tags, tag)
			}
		}
	}
	for _, key := range []string{"aliases", "alias"} {
		for _, alias := range values[key] {
			if alias = clip(strings.TrimSpace(alias), maxTitle); alias != "" && len(fm.aliases) < maxNames {
				fm.aliases = append(fm.aliases, alias)
			}
		}
	}
}
