package setup

import "testing"

// TestMember edits files as people write them: nothing but the member changes.
func TestMember(t *testing.T) {
	for name, tt := range map[string]struct {
		text, want string
		value      any // nil to remove it
		names      []string
	}{
		"no file":                  {"", "{\n  \"search\": {\n    \"limit\": 5\n  }\n}\n", 5, []string{"search", "limit"}},
		"a value":                  {"{\n\t// mine\n\t\"a\" : 1 , /* x */ \"b\":[ 2,3 ],\n}\n", "{\n\t// mine\n\t\"a\" : 7 , /* x */ \"b\":[ 2,3 ],\n}\n", 7, []string{"a"}},
		"a flat name":              {`{"vector.port":1}`, `{"vector.port":2}`, 2, []string{"vector.port"}},
		"a name with marks":        {`{"a/b~c":1}`, `{"a/b~c":2}`, 2, []string{"a/b~c"}},
		"in a group":               {"{\r\n    \"search\": {\r\n        \"limit\": 5, // five\r\n    },\r\n}\r\n", "{\r\n    \"search\": {\r\n        \"limit\": 5, // five\r\n        \"mode\": \"vector\",\r\n    },\r\n}\r\n", "vector", []string{"search", "mode"}},
		"byte order mark":          {"\uFEFF{\"a\": 1}", "\uFEFF{\"a\": 2}", 2, []string{"a"}},
		"an object":                {`{"d": {"x": "hugo"}}`, "{\"d\": {\n    \"y\": \"zola\"\n  }}", map[string]any{"y": "zola"}, []string{"d"}},
		"removed":                  {"{\n  // the first\n  \"a\": 1,\n  // the second\n  \"b\": 2, // two\n  // the third\n  \"c\": 3\n}\n", "{\n  // the first\n  \"a\": 1,\n  // the third\n  \"c\": 3\n}\n", nil, []string{"b"}},
		"removed, the last":        {"{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{\n  \"a\": 1\n}\n", nil, []string{"b"}},
		"removed in a group":       {"{\"search\": {\"limit\": 5, \"mode\": \"vector\"}}", "{\"search\": { \"mode\": \"vector\"}}", nil, []string{"search", "limit"}},
		"removed, with its group":  {"{\n  \"a\": 1,\n  \"search\": {\n    \"limit\": 5\n  },\n}\n", "{\n  \"a\": 1,\n}\n", nil, []string{"search", "limit"}},
		"removed, a comment stays": {"{\"search\": {\n\"limit\": 5, /* five */\n\n // nothing\n\n}}", "{\"search\": {\n\n // nothing\n\n}}", nil, []string{"search", "limit"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := SetMember(tt.text, tt.value, tt.names...)
			if tt.value == nil {
				got, err = RemoveMember(tt.text, tt.names...)
			}
			if err != nil || got != tt.want {
				t.Errorf("%v\n%q, want\n%q", err, got, tt.want)
			}
		})
	}
	for _, text := range []string{`{"a": `, `[]`, `{"a": 5}`} {
		if got, err := SetMember(text, 1, "a", "b"); err == nil {
			t.Errorf("%s became %s", text, got)
		}
	}
}

// FuzzMember sets a member of any text and takes it out again.
func FuzzMember(f *testing.F) {
	f.Add("{\n// x\n\"a\": {\"b\": 1,},}", "a", "b")
	f.Add("{}", "a/b", "")
	f.Fuzz(func(t *testing.T, text, a, b string) {
		set, err := SetMember(text, "v", a, b)
		if err != nil {
			return
		}
		if _, err := RemoveMember(set, a, b); err != nil {
			t.Fatalf("%q: set in %q, and %v", text, set, err)
		}
	})
}
