package mcp

import (
	"context"
	"fmt"
	"strings"

	"amalfa/notes"
	"amalfa/notes/files"

	"github.com/google/jsonschema-go/jsonschema"
)

type tagsIn struct {
	File     string   `json:"file_path" jsonschema:"path of the note in the workspace, or the ref of a passage"`
	Tags     []string `json:"tags" jsonschema:"words of letters, digits, _, - and /"`
	Expected string   `json:"expected_hash,omitempty" jsonschema:"hash that read_node_content gave; the call fails if the note is another one"`
	Remove   bool     `json:"remove,omitempty" jsonschema:"take them out instead; #tag in a sentence stays"`
	DryRun   bool     `json:"dry_run,omitempty" jsonschema:"say what would change, and change nothing"`
}

type tagsOut struct {
	ID      string   `json:"id"`
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
	Tags    []string `json:"tags" jsonschema:"all that stand there now"`
	Place   string   `json:"place" jsonschema:"where they stand: front matter, page properties, new front matter or comment"`
	Changed bool     `json:"changed"`
	Hash    string   `json:"hash" jsonschema:"of the content after the change"`
}

func tagsTool() tool {
	return tool{
		name:  "inject_tags",
		title: "Add tags to a note, or remove them",
		description: "Add tags to a note's front matter, or to its line <!-- tags: … -->, or take them out (remove). Use it to group notes that belong together: explore_links " +
			"with tag:name then lists them. Tags that are there already are left alone, and no other byte changes.",
		limit: func(p map[string]*jsonschema.Schema) {
			limitList(p["tags"], 1, 50)
		},
	}
}

func (s *Server) planTags(ctx context.Context, in tagsIn) (c change[tagsOut], err error) {
	old, err := s.readNamed(ctx, &in.File)
	if err != nil {
		return c, err
	}
	if in.Expected != "" && files.Hash(old) != in.Expected {
		return c, staleError(in.File)
	}
	out, text, err := changedTags(old, in, s.o.Tags)
	if err != nil {
		return c, err
	}
	c.note = in.File
	c.question = fmt.Sprintf("Add %s to %s?", strings.Join(out.Added, ", "), oneLine(in.File))
	if in.Remove {
		c.question = fmt.Sprintf("Remove %s from %s?", strings.Join(out.Removed, ", "), oneLine(in.File))
	}
	c.apply = func() (a answer[tagsOut], err error) {
		if out.Changed {
			_, err = s.write("inject_tags", in.File, old, text, files.Hash(old))
		}
		return answer[tagsOut]{out: out, text: out.format(in)}, err
	}
	c.noop = !out.Changed
	return c, nil
}

// changedTags is the note after the change, and what there is to say of it.
func changedTags(old []byte, in tagsIn, tagsOf func(string, []byte) []string) (out tagsOut, text []byte, err error) {
	out = tagsOut{ID: in.File, Added: []string{}, Removed: []string{}, Tags: []string{}}
	if in.Remove {
		var t notes.Untagged
		if t, err = notes.RemoveTags(old, in.Tags); err != nil {
			return out, nil, err
		}
		out.Removed, out.Place, text = append(out.Removed, t.Removed...), strings.Join(t.Places, ", "), t.Text
		if tagsOf != nil {
			out.Tags = append(out.Tags, tagsOf(in.File, text)...)
		}
	} else {
		var t notes.Tagged
		if t, err = notes.AddTags(old, in.Tags); err != nil {
			return out, nil, err
		}
		out.Added, out.Tags, out.Place, text = append(out.Added, t.Added...), append(out.Tags, t.Tags...), t.Place, t.Text
	}
	out.Changed, out.Hash = len(out.Added)+len(out.Removed) > 0 && !in.DryRun, files.Hash(text)
	return out, text, nil
}

func (o tagsOut) format(in tagsIn) string {
	verb, names := "has", o.Added
	if in.Remove {
		verb, names = "lost", o.Removed
	}
	switch {
	case len(names) == 0 && in.Remove:
		return fmt.Sprintf("%s has none of them in a list of tags.\n", oneLine(o.ID))
	case len(names) == 0:
		return fmt.Sprintf("%s has them already.\n", oneLine(o.ID))
	case in.DryRun:
		return fmt.Sprintf("%s would %s %s in its %s.\n", oneLine(o.ID), map[bool]string{false: "get", true: "lose"}[in.Remove], strings.Join(names, ", "), o.Place)
	}
	return fmt.Sprintf("%s %s %s in its %s now.\nHash: %s\n", oneLine(o.ID), verb, strings.Join(names, ", "), o.Place, o.Hash)
}
