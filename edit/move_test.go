package edit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMove has a note a.md, or another one, that moves, and what is written in the others, before and after.
func TestMove(t *testing.T) {
	type files = map[string]string
	for name, tt := range map[string]struct {
		vault    files
		from, to string
		want     files // what changes
	}{
		"Markdown links": {files{"a.md": "x", "b.md": "[a](a.md) [a](./a.md#h \"t\") [a](<a.md>) [a](/a.md) ![a](a.md) [a][l] [a](a) <a href='a.md?q#h'>\n\n[l]: a.md \"t\"\n`[a](a.md)`\n"},
			"a.md", "sub/c d.md",
			files{"b.md": "[a](sub/c%20d.md) [a](./sub/c%20d.md#h \"t\") [a](<sub/c d.md>) [a](/sub/c%20d.md) ![a](sub/c%20d.md) [a][l] [a](sub/c%20d) <a href='sub/c%20d.md?q#h'>\n\n[l]: sub/c%20d.md \"t\"\n`[a](a.md)`\n"}},
		"links of the moved note": {files{"a/a.md": "[b](b.md) [c](../c.md#x) ![i](i.png) [a](a.md#h) [h](#h) [w](https://x.y/b.md) [gone](gone.md) [[b]]\n", "a/b.md": "x", "c.md": "x", "a/i.png": "x"},
			"a/a.md", "d/e/f.md",
			files{"d/e/f.md": "[b](../../a/b.md) [c](../../c.md#x) ![i](../../a/i.png) [a](f.md#h) [h](#h) [w](https://x.y/b.md) [gone](../../a/gone.md) [[b]]\n"}},
		"wiki links by name": {files{"a.md": "x", "b.md": "[[a]] [[a|text]] [[a#h|text]] ![[a]] [[a.md]] [[ a ]] [[/a]] [[./a.md]] [[b]]\n|x|y|\n|-|-|\n|[[a\\|t]]|z|\n"},
			"a.md", "sub/new.md",
			files{"b.md": "[[new]] [[new|text]] [[new#h|text]] ![[new]] [[new.md]] [[ new ]] [[/sub/new]] [[./sub/new.md]] [[b]]\n|x|y|\n|-|-|\n|[[new\\|t]]|z|\n"}},
		"names that still resolve stay": {files{"a.md": "---\naliases: [alpha]\n---\n# Title of A\n", "b.md": "[[a]] [[Title of A]] [[alpha]] [[title of a#x]]\n"}, "a.md", "sub/a.md", files{}},
		"folders before a name":         {files{"x/a.md": "1", "y/a.md": "2", "b.md": "[[x/a]] [[y/a]]\n"}, "x/a.md", "z/w/a.md", files{"b.md": "[[z/w/a]] [[y/a]]\n"}},
		"relations, front matter": {files{"a.md": "x", "b.md": "---\nup: \"[[a]]\"\nrelated:\n  - '[[a|A]]'\n  - \"[x](a.md)\"\n---\nrel:: [[a]]\n\n<!-- tags: sea, [EXTENDS: a], [PART_OF: b] -->\n"},
			"a.md", "sub/new.md",
			files{"b.md": "---\nup: \"[[new]]\"\nrelated:\n  - '[[new|A]]'\n  - \"[x](sub/new.md)\"\n---\nrel:: [[new]]\n\n<!-- tags: sea, [EXTENDS: new], [PART_OF: b] -->\n"}},
		"CRLF and mark": {files{"a.md": "x", "b.md": "\uFEFF# B\r\n\r\n> [a](a.md)\r\n> [[a]]\r\n"}, "a.md", "c.md", files{"b.md": "\uFEFF# B\r\n\r\n> [a](c.md)\r\n> [[c]]\r\n"}},
		"encoded":       {files{"é à/a b.md": "x", "b.md": "[a](é%20à/a%20b.md) [a](%C3%A9%20%C3%A0/a%20b.md) [a](<é à/a b.md>)\n"}, "é à/a b.md", "é/c (d) ß.md", files{"b.md": "[a](é/c%20(d)%20ß.md) [a](%C3%A9/c%20(d)%20%C3%9F.md) [a](<é/c (d) ß.md>)\n"}},
		"odd characters": {files{"a.md": "x", "b.md": "[a](a.md) [[a]] <a href=a.md>\n"}, "a.md", "c#d ?&amp;)%20.md",
			files{"b.md": "[a](c%23d%20%3F%26amp;%29%2520.md) [[a]] <a href=c%23d%20%3F%26amp;%29%2520.md>\n"}},
		"index of a folder": {files{"x/index.md": "x", "b.md": "[x](x/) [x](x) [x](x/index.md)\n"}, "x/index.md", "y/index.md", files{"b.md": "[x](y/) [x](y) [x](y/index.md)\n"}},
		"case only":         {files{"note.md": "x", "b.md": "[n](note.md) [[note]]\n"}, "note.md", "Note.md", files{}},
		"folder":            {files{"x/a.md": "[b](b.md) [o](../o.md) ![i](i.png)\n", "x/b.md": "[a](a.md)\n", "x/i.png": "x", "o.md": "[a](x/a.md) ![i](x/i.png) [f](x/)\n"}, "x/", "y/z/", files{"y/z/a.md": "[b](b.md) [o](../../o.md) ![i](i.png)\n", "o.md": "[a](y/z/a.md) ![i](y/z/i.png) [f](y/z/)\n"}},
		"Obsidian": {files{".obsidian/app.json": "{}", "x/a.md": "x", "b.md": "[[a]] [[x/a]] [t](a.md) [t](x/a.md) [t](a) ![[a#^block]]\n", "x/c.md": "[t](a.md) [[a]] [t](x/a)\n"}, "x/a.md", "y/z/new.md",
			files{"b.md": "[[new]] [[y/z/new]] [t](new.md) [t](y/z/new.md) [t](new) ![[new#^block]]\n", "x/c.md": "[t](../y/z/new.md) [[new]] [t](y/z/new)\n"}},
		"Logseq": {files{"logseq/config.edn": "{}", "pages/a.md": "- x", "pages/b.md": "- [[a]] #[[a]] [t]([[a]]) {{embed [[a]]}}\n"}, "pages/a.md", "pages/x___y.md",
			files{"pages/b.md": "- [[x/y]] #[[x/y]] [t]([[x/y]]) {{embed [[x/y]]}}\n"}},
		"Dendron": {files{"dendron.yml": "workspace:\n  vaults:\n  - fsPath: v\n  - fsPath: w\n", "v/a.b.md": "x", "v/b.md": "[[a.b]] [[Label|a.b#h]] [[dendron://v/a.b]]\n"}, "v/a.b.md", "v/c.d.md",
			files{"v/b.md": "[[c.d]] [[Label|c.d#h]] [[dendron://v/c.d]]\n"}},
		"Hugo": {files{"hugo.toml": "baseURL='x'\n", "content/posts/a.md": "x", "content/b.md": "{{< ref \"posts/a.md\" >}} {{< relref \"/posts/a#h\" >}} [a](/posts/a/) [a](posts/a.md) {{< ref \"a.md\" >}}\n"}, "content/posts/a.md", "content/new/c.md",
			files{"content/b.md": "{{< ref \"new/c.md\" >}} {{< relref \"/new/c#h\" >}} [a](/new/c/) [a](new/c.md) {{< ref \"c.md\" >}}\n"}},
		"Zola": {files{"zola.toml": "base_url='x'\n", "content/_index.md": "x", "content/a.md": "x", "content/b.md": "[a](@/a.md#h)\n"}, "content/a.md", "content/s/c.md", files{"content/b.md": "[a](@/s/c.md#h)\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t, tt.vault)
			plan := f.move(tt.from, tt.to)
			got := files{}
			for _, c := range plan.Changes {
				if string(c.After) != string(c.Before) {
					got[c.To] = f.read(c.To)
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("%s\n%+v\n%+v", d, plan.Left, plan.Told)
			}
		})
	}
}
