package edit_test

import "testing"

func TestAddLink(t *testing.T) {
	for name, tt := range map[string]struct{ text, relation, want string }{
		"plain":             {"# A\n", "", "# A\n\n## Related\n\n- [B](sub/b%20c.md)\n"},
		"no line end":       {"# A", "", "# A\n\n## Related\n\n- [B](sub/b%20c.md)\n"},
		"CRLF":              {"# A\r\n", "", "# A\r\n\r\n## Related\r\n\r\n- [B](sub/b%20c.md)\r\n"},
		"wiki":              {"[[d]]\n", "", "[[d]]\n\n## Related\n\n- [[b c]]\n"},
		"list in section":   {"# A\n\n## See also\n\n* [d](./d.md)\n\n## End\n", "", "# A\n\n## See also\n\n* [d](./d.md)\n* [B](./sub/b%20c.md)\n\n## End\n"},
		"item of two lines": {"# A\n\n## See also\n\n- [d](d.md): it\n  goes on\n\n  and on\n\nText.\n", "", "# A\n\n## See also\n\n- [d](d.md): it\n  goes on\n\n  and on\n- [B](sub/b%20c.md)\n\nText.\n"},
		"lazy line":         {"## Links\n- [d](d.md) it\ngoes on", "", "## Links\n- [d](d.md) it\ngoes on\n- [B](sub/b%20c.md)\n"},
		"nested items":      {"## Links\n\n- [d](d.md)\n    - under it\n", "", "## Links\n\n- [d](d.md)\n    - under it\n- [B](sub/b%20c.md)\n"},
		"numbers":           {"## Links\n\n1. [d](d.md)\n2. x\n", "", "## Links\n\n1. [d](d.md)\n2. x\n3. [B](sub/b%20c.md)\n"},
		"one number":        {"## Links\n\n1) [d](d.md)\n1) x\n", "", "## Links\n\n1) [d](d.md)\n1) x\n1) [B](sub/b%20c.md)\n"},
		"prose in section":  {"## Links\nAs ever,\n[d](d.md).\n\n---\n\n- no item\n", "", "## Links\nAs ever,\n[d](d.md).\n\n- [B](sub/b%20c.md)\n\n---\n\n- no item\n"},
		"underlined":        {"See also\n--------\n\n* [d](d.md)\n\nNext\n====\n\n* no\n", "", "See also\n--------\n\n* [d](d.md)\n* [B](sub/b%20c.md)\n\nNext\n====\n\n* no\n"},
		"underlined next":   {"## Links\n\nNext\n====\n\n* no\n", "", "## Links\n\n- [B](sub/b%20c.md)\n\nNext\n====\n\n* no\n"},
		"rule below":        {"## Links\n\n- [d](d.md)\n  on\n---\n", "", "## Links\n\n- [d](d.md)\n  on\n- [B](sub/b%20c.md)\n---\n"},
		"section empty":     {"# A\n\n## Related", "", "# A\n\n## Related\n\n- [B](sub/b%20c.md)\n"},
		"has it":            {"[b](sub/b%20c.md)\n", "", "[b](sub/b%20c.md)\n"},
		"code is no place":  {"```\n## Related\n- x\n```\n", "", "```\n## Related\n- x\n```\n\n## Related\n\n- [B](sub/b%20c.md)\n"},
		"relation":          {"# A\n", "extends", "---\nextends: [\"[B](sub/b%20c.md)\"]\n---\n\n# A\n"},
		"relation, wiki":    {"[[d]]\n", "extends", "---\nextends: [\"[[b c]]\"]\n---\n\n[[d]]\n"},
		"relation, empty":   {"", "up", "---\nup: [\"[B](sub/b%20c.md)\"]\n---\n"},
		"relation, CRLF":    {"# A\r\n", "up", "---\r\nup: [\"[B](sub/b%20c.md)\"]\r\n---\r\n\r\n# A\r\n"},
		"head":              {"---\ntitle: x # y\n---\n[[d]]\n", "See_also", "---\ntitle: x # y\nsee_also: [\"[[b c]]\"]\n---\n[[d]]\n"},
		"head, lists":       {"---\ntags:\n  - x\n---\n[[d]]\n", "up", "---\ntags:\n  - x\nup:\n  - \"[[b c]]\"\n---\n[[d]]\n"},
		"to a list":         {"---\nup: [\"[[d]]\"]  # of it\n---\n", "up", "---\nup: [\"[[d]]\", \"[[b c]]\"]  # of it\n---\n"},
		"single quotes":     {"---\nup: ['[[d]]']\n---\n", "up", "---\nup: ['[[d]]', '[[b c]]']\n---\n"},
		"to dashes":         {"---\nup:\n- '[[d]]'\nx: 1\n---\n", "up", "---\nup:\n- '[[d]]'\n- '[[b c]]'\nx: 1\n---\n"},
		"to a scalar":       {"---\nup: \"[[d]]\"\n---\n", "up", "---\nup: [\"[[d]]\", \"[[b c]]\"]\n---\n"},
		"to a bare link":    {"---\nup: [[d]]\n---\n", "up", "---\nup: [\"[[d]]\", \"[[b c]]\"]\n---\n"},
		"to a word":         {"---\nup: d\n---\n", "up", "---\nup: [d, \"[B](sub/b%20c.md)\"]\n---\n"},
		"to words":          {"---\nup: d, e f\n---\n", "up", "---\nup: [d, e f, \"[B](sub/b%20c.md)\"]\n---\n"},
		"to nothing":        {"---\nup:\nx: 1\n---\n", "up", "---\nup: [\"[B](sub/b%20c.md)\"]\nx: 1\n---\n"},
		"another spelling":  {"---\nSee Also: ['[[d]]']\n---\n", "see-also", "---\nSee Also: ['[[d]]', '[[b c]]']\n---\n"},
		"TOML":              {"+++\ntitle = 'x'\n[a]\nb = 1\n+++\n", "up", "+++\nup = [\"[B](sub/b%20c.md)\"]\ntitle = 'x'\n[a]\nb = 1\n+++\n"},
		"TOML, scalar":      {"+++\nup = 'd'\n+++\n", "up", "+++\nup = ['d', \"[B](sub/b%20c.md)\"]\n+++\n"},
		"JSON":              {"{\n  \"title\": \"x\"\n}\n", "up", "{\n  \"up\": [\"[B](sub/b%20c.md)\"],\n  \"title\": \"x\"\n}\n"},
		"has the relation":  {"---\nup: b c\n---\n", "up", "---\nup: b c\n---\n"},
		"other relation":    {"---\nup: b c\n---\n", "down", "---\nup: b c\ndown: [\"[B](sub/b%20c.md)\"]\n---\n"},
		"a comment of tags": {"<!-- tags: sea -->\n", "extends", "---\nextends: [\"[B](sub/b%20c.md)\"]\n---\n\n<!-- tags: sea -->\n"},
		"in the comment":    {"<!-- tags: sea, [PART_OF: d] -->\n", "extends", "<!-- tags: sea, [PART_OF: d], [EXTENDS: b c] -->\n"},
		"same field":        {"Extends:: [[d]]\n", "extends", "Extends:: [[d]], [[b c]]\n"},
		"another field":     {"- up:: [[d]]\ntext\n", "extends", "- up:: [[d]]\n- extends:: [[b c]]\ntext\n"},
		"head and field":    {"---\nup: '[[d]]'\n---\nnext:: [[d]]\n", "up", "---\nup: ['[[d]]', '[[b c]]']\n---\nnext:: [[d]]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t, map[string]string{"a.md": tt.text, "sub/b c.md": "# B\n", "d.md": "x"})
			l, err := f.load().AddLink("a.md", "sub/b c.md", tt.relation)
			if err != nil || string(l.Change.After) != tt.want {
				t.Errorf("%q, %v\nwant %q", l.Change.After, err, tt.want)
			}
			if (l.Text == "") != (tt.text == tt.want) {
				t.Errorf("%+v", l)
			}
		})
	}
}
