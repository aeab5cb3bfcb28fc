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
	DryRun   bool     `json:"dry_run,omitempty" jsonschema:"say what would change, and change nothing"`
}

type tagsOut struct {
	ID      string   `json:"id"`
	Added   []string `json:"added"`
	Tags    []string `json:"tags" jsonschema:"all that stand there now"`
	Place   string   `json:"place" jsonschema:"where they stand: front matter, page properties, new front matter or comment"`
	Changed bool     `json:"changed"`
	Hash    string   `json:"hash" jsonschema:"of the content after the change"`
}

func tagsTool() tool {
	return tool{
		name:  "inject_tags",
		title: "Add tags to a note",
		description: "Add tags to a note's front matter, or to its line <!-- tags: … -->. Use it to group notes that belong together: explore_links " +
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
	t, err := notes.AddTags(old, in.Tags)
	if err != nil {
		return c, err
	}
	out := tagsOut{ID: in.File, Added: append([]string{}, t.Added...), Tags: append([]string{}, t.Tags...), Place: t.Place,
		Changed: len(t.Added) > 0 && !in.DryRun, Hash: files.Hash(t.Text)}
	c.question = fmt.Sprintf("Add %s to %s?", strings.Join(t.Added, ", "), oneLine(in.File))
	c.apply = func() (a answer[tagsOut], err error) {
		if out.Changed {
			_, err = s.write("inject_tags", in.File, old, t.Text, files.Hash(old))
		}
		return answer[tagsOut]{out: out, text: out.format(in.DryRun)}, err
	}
	c.noop = !out.Changed
	return c, nil
}

func (o tagsOut) format(dry bool) string {
	switch {
	case len(o.Added) == 0:
		return fmt.Sprintf("%s has them already.\n", oneLine(o.ID))
	case dry:
		return fmt.Sprintf("%s would get %s in its %s.\n", oneLine(o.ID), strings.Join(o.Added, ", "), o.Place)
	}
	return fmt.Sprintf("%s has %s in its %s now.\nHash: %s\n", oneLine(o.ID), strings.Join(o.Added, ", "), o.Place, o.Hash)
}
