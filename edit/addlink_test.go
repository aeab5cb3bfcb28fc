package edit_test

import "testing"

func TestAddLink(t *testing.T) {
	for name, tt := range map[string]struct{ text, relation, want string }{
		"plain":            {"# A\n", "", "# A\n\n## Related\n\n- [B](sub/b%20c.md)\n"},
		"no line end":      {"# A", "", "# A\n\n## Related\n\n- [B](sub/b%20c.md)\n"},
		"CRLF":             {"# A\r\n", "", "# A\r\n\r\n## Related\r\n\r\n- [B](sub/b%20c.md)\r\n"},
		"wiki":             {"[[d]]\n", "", "[[d]]\n\n## Related\n\n- [[b c]]\n"},
		"list in section":  {"# A\n\n## See also\n\n* [d](./d.md)\n\n## End\n", "", "# A\n\n## See also\n\n* [d](./d.md)\n* [B](./sub/b%20c.md)\n\n## End\n"},
		"section empty":    {"# A\n\n## Related", "", "# A\n\n## Related\n\n- [B](sub/b%20c.md)\n"},
		"has it":           {"[b](sub/b%20c.md)\n", "", "[b](sub/b%20c.md)\n"},
		"code is no place": {"```\n## Related\n- x\n```\n", "", "```\n## Related\n- x\n```\n\n## Related\n\n- [B](sub/b%20c.md)\n"},
		"relation":         {"# A\n", "extends", "# A\n\n<!-- tags: [EXTENDS: b c] -->\n"},
		"in the comment":   {"<!-- tags: sea, [PART_OF: d] -->\n", "extends", "<!-- tags: sea, [PART_OF: d], [EXTENDS: b c] -->\n"},
		"same field":       {"Extends:: [[d]]\n", "extends", "Extends:: [[d]], [[b c]]\n"},
		"another field":    {"- up:: [[d]]\ntext\n", "extends", "- up:: [[d]]\n- extends:: [[b c]]\ntext\n"},
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
