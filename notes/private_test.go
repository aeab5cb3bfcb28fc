package notes

import "testing"

func TestIsPrivate(t *testing.T) {
	for note, want := range map[string]bool{
		"---\nprivate: true\n---\ntext":                            true,
		"\uFEFF---\r\ntitle: x\r\nPrivate: Yes\r\n---\r\ntext":     true,
		"---\nprivate: \"true\"\n---\n":                            true,
		"---\nprivate: me and my sister\n---\n":                    true,
		"+++\nprivate = true\n+++\n":                               true,
		"{\"private\": true}\n\ntext":                              true,
		"private:: true\n\n- text":                                 true,
		"---\nprivate: false\nprivate: true\n---\n":                true,
		"---\nprivate: true\ntitle: [unclosed\n---\ntext":          true,
		"---\ntitle: \"a\nprivate: true\n---\ntext":                true,
		"---\nprivate: false\n---\n":                               false,
		"---\nprivate: off\n---\n":                                 false,
		"---\nprivate:\n---\n":                                     false,
		"---\nprivate: null\n---\n":                                false,
		"---\nmeta:\n  private: true\n---\n":                       false,
		"---\npublish: false\ndraft: true\ntags: [private]\n---\n": false,
		"# A note\n\nprivate: true stands in the text":             false,
		"": false,
	} {
		if IsPrivate([]byte(note)) != want {
			t.Errorf("%q: private is not %t", note, want)
		}
	}
}
