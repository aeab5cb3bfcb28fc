package arguments

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
)

type call struct {
	Query     string   `json:"query"`
	Mode      string   `json:"mode,omitempty"`
	Limit     int      `json:"limit,omitempty"`
	Threshold float64  `json:"threshold,omitempty"`
	Strict    bool     `json:"strict,omitempty"`
	IDs       []string `json:"ids,omitempty"`
	MaxTokens int      `json:"max_tokens,omitempty"`
	Where     place    `json:"where,omitzero"`
}

type place struct {
	Line int    `json:"line,omitempty"`
	Name string `json:"name,omitempty"`
}

func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.For[call](nil)
	if err != nil {
		t.Fatal(err)
	}
	low, high, least, most := 1.0, 50.0, -1.0, 1.0
	s.Properties["limit"].Minimum, s.Properties["limit"].Maximum, s.Properties["limit"].Default = &low, &high, []byte("20")
	s.Properties["threshold"].Minimum, s.Properties["threshold"].Maximum = &least, &most
	s.Properties["mode"].Enum = []any{"hybrid", "keyword"}
	s.Properties["mode"].Default = []byte(`"hybrid"`)
	items := 3
	s.Properties["ids"].MaxItems = &items
	return s
}

// with is what the defaults make of a call, changed by set.
func with(set func(*call)) call {
	c := call{Query: "tea", Mode: "hybrid", Limit: 20}
	if set != nil {
		set(&c)
	}
	return c
}

func limitOf(n int) call { return with(func(c *call) { c.Limit = n }) }

func idsOf(ids ...string) call { return with(func(c *call) { c.IDs = ids }) }

func query(text string) call { return with(func(c *call) { c.Query = text }) }

func TestTaken(t *testing.T) {
	strict, plain := with(func(c *call) { c.Strict = true }), with(nil)
	tests := []struct {
		raw  string
		want call
	}{
		{`{"query":"tea"}`, plain},
		{`{"query":"tea","limit":null,"mode":null,"ids":null,"where":null,"max_tokens":null}`, plain},
		{`{"query":"tea","limit":"","mode":"","ids":"","strict":""}`, plain},
		{`{"query":"tea","limit":"null","mode":"None","strict":"undefined"}`, plain},
		{`{"query":"tea","limit":[],"mode":[],"where":[]}`, plain},
		{`{"query":"tea","toolCallId":"x","sessionId":7,"_meta":{"a":null},"":1}`, plain},
		{`"{\"query\":\"tea\"}"`, plain},
		{`"\"{\\\"query\\\":\\\"tea\\\"}\""`, plain},
		{`{"query":"tea","limit":5}`, limitOf(5)},
		{`{"query":"tea","limit":5.0}`, limitOf(5)},
		{`{"query":"tea","limit":5e0}`, limitOf(5)},
		{`{"query":"tea","limit":0.5e1}`, limitOf(5)},
		{`{"query":"tea","limit":"5"}`, limitOf(5)},
		{`{"query":"tea","limit":" 5\n"}`, limitOf(5)},
		{`{"query":"tea","limit":"5.0"}`, limitOf(5)},
		{`{"query":"tea","limit":[5]}`, limitOf(5)},
		{`{"query":"tea","limit":"+5"}`, limitOf(5)},
		{`{"query":2024}`, query("2024")},
		{`{"query":5.0}`, query("5.0")},
		{`{"query":true}`, query("true")},
		{`{"query":["tea"]}`, plain},
		{`{"query":" tea "}`, query(" tea ")},
		{`{"query":"null"}`, query("null")},
		{`{"query":"[\"tea\"]"}`, query(`["tea"]`)},
		{`{"query":"tea","mode":" Keyword"}`, with(func(c *call) { c.Mode = "keyword" })},
		{`{"query":"tea","strict":true}`, strict},
		{`{"query":"tea","strict":"true"}`, strict},
		{`{"query":"tea","strict":"True "}`, strict},
		{`{"query":"tea","strict":1}`, strict},
		{`{"query":"tea","strict":"yes"}`, strict},
		{`{"query":"tea","strict":"false"}`, plain},
		{`{"query":"tea","strict":0}`, plain},
		{`{"query":"tea","threshold":"0.5"}`, with(func(c *call) { c.Threshold = 0.5 })},
		{`{"query":"tea","threshold":-1}`, with(func(c *call) { c.Threshold = -1 })},
		{`{"query":"tea","ids":["a","b"]}`, idsOf("a", "b")},
		{`{"query":"tea","ids":"a"}`, idsOf("a")},
		{`{"query":"tea","ids":7}`, idsOf("7")},
		{`{"query":"tea","ids":"[\"a\",\"b\"]"}`, idsOf("a", "b")},
		{`{"query":"tea","ids":"[draft] b.md"}`, idsOf("[draft] b.md")},
		{`{"query":"tea","ids":["a",null,2]}`, idsOf("a", "2")},
		{`{"query":"tea","where":{"line":"7","name":null,"x":1}}`, with(func(c *call) { c.Where.Line = 7 })},
		{`{"query":"tea","where":"{\"line\":7.0}"}`, with(func(c *call) { c.Where.Line = 7 })},
		{`{"query":"tea","maxTokens":500}`, with(func(c *call) { c.MaxTokens = 500 })},
		{`{"Query":"tea","max-tokens":"500"}`, with(func(c *call) { c.MaxTokens = 500 })},
		{`{"query":"tea","max_tokens":400,"maxTokens":500}`, with(func(c *call) { c.MaxTokens = 400 })},
		{`{"query":"tea","max_tokens":null,"maxTokens":500}`, with(func(c *call) { c.MaxTokens = 500 })},
	}
	for _, tc := range tests {
		var got call
		if err := Decode(json.RawMessage(tc.raw), schema(t), &got); err != nil {
			t.Errorf("%s: %v", tc.raw, err)
		} else if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.raw, d)
		}
	}
}

func TestRefused(t *testing.T) {
	const limit = "limit: expected a whole number from 1 to 50, got "
	tests := []struct{ raw, want string }{
		{``, "query: required, expected text"},
		{`null`, "query: required, expected text"},
		{`{}`, "query: required, expected text"},
		{`[]`, "query: required, expected text"},
		{`"null"`, "query: required, expected text"},
		{`{"query":null}`, "query: required, expected text"},
		{`{"query":[]}`, "query: required, expected text"},
		{`{"q":"tea","text":1}`, `query: required, expected text; not known here: "q", "text"`},
		{`"tea"`, `arguments: expected an object with query, got "tea"`},
		{`5`, "arguments: expected an object with query, got 5"},
		{`true`, "arguments: expected an object with query, got true"},
		{`[1,2]`, "arguments: expected an object with query, got a list of 2"},
		{`"{\"query\":"`, `arguments: expected an object with query, got "{\"query\":"`},
		{`{"query":"tea","limit":5.5}`, limit + "5.5"},
		{`{"query":"tea","limit":"five"}`, limit + `"five"`},
		{`{"query":"tea","limit":"5.5"}`, limit + `"5.5"`},
		{`{"query":"tea","limit":"0x10"}`, limit + `"0x10"`},
		{`{"query":"tea","limit":"1_0"}`, limit + `"1_0"`},
		{`{"query":"tea","limit":"1,000"}`, limit + `"1,000"`},
		{`{"query":"tea","limit":"NaN"}`, limit + `"NaN"`},
		{`{"query":"tea","limit":"inf"}`, limit + `"inf"`},
		{`{"query":"tea","limit":51}`, limit + "51"},
		{`{"query":"tea","limit":0}`, limit + "0"},
		{`{"query":"tea","limit":1e400}`, limit + "1e400"},
		{`{"query":"tea","limit":99999999999999999999}`, limit + "99999999999999999999"},
		{`{"query":"tea","limit":true}`, limit + "true"},
		{`{"query":"tea","limit":{}}`, limit + "an object"},
		{`{"query":"tea","limit":[1,2]}`, limit + "a list of 2"},
		{`{"query":"tea","max_tokens":1e30}`, "max_tokens: expected a whole number, got 1e30"},
		{`{"query":"tea","mode":"fast"}`, `mode: expected one of hybrid, keyword, got "fast"`},
		{`{"query":"tea","strict":"maybe"}`, `strict: expected true or false, got "maybe"`},
		{`{"query":"tea","strict":2}`, "strict: expected true or false, got 2"},
		{`{"query":"tea","threshold":2}`, "threshold: expected a number from -1 to 1, got 2"},
		{`{"query":{"text":"tea"}}`, "query: expected text, got an object"},
		{`{"query":["a","b"]}`, "query: expected text, got a list of 2"},
		{`{"query":"tea","ids":[["a","b"]]}`, "ids[0]: expected text, got a list of 2"},
		{`{"query":"tea","ids":{"a":1}}`, "ids[0]: expected text, got an object"},
		{`{"query":"tea","ids":["a","b","c","d"]}`, "ids: expected a list of at most 3, got a list of 4"},
		{`{"query":"tea","where":5}`, "where: expected an object, got 5"},
		{`{"query":"tea","where":{"line":"x"}}`, `where.line: expected a whole number, got "x"`},
		{`{"limit":"x","strict":"y"}`, limit + "\"x\"\nquery: required, expected text\nstrict: expected true or false, got \"y\""},
		{`{"query":"tea","limit":"` + strings.Repeat("9", 500) + `"}`, limit + `"` + strings.Repeat("9", maxShown) + `…"`},
		{`{"query":"tea","limit":"\u202e\n"}`, limit + `"\u202e\n"`},
	}
	for _, tc := range tests {
		var got call
		if err := Decode(json.RawMessage(tc.raw), schema(t), &got); err == nil {
			t.Errorf("%s was taken: %+v", tc.raw, got)
		} else if err.Error() != tc.want {
			t.Errorf("%s:\n%s\nwant\n%s", tc.raw, err, tc.want)
		}
	}
}

// FuzzDecode holds that a call is taken in a form that its own schema allows, or refused in words of ours.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"query":"tea","limit":"5"}`, `"{\"query\":[\"tea\"]}"`, `{"ids":"[\"a\"]","query":5.0}`, `{"where":{"line":null}}`, `null`, `{"query":"a","limit":1e400}`} {
		f.Add(seed)
	}
	s := schema(f)
	resolved, err := s.Resolve(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if !json.Valid([]byte(raw)) {
			t.Skip()
		}
		var r reader
		if fields, ok := r.object("", json.RawMessage(raw), s); ok {
			var value any
			if err := json.Unmarshal(fields, &value); err != nil {
				t.Fatal(err)
			}
			if err := resolved.Validate(value); err != nil {
				t.Errorf("%s became %s: %v", raw, fields, err)
			}
		}
		var c call
		if err := Decode(json.RawMessage(raw), s, &c); err != nil {
			for _, foreign := range []string{"json:", "reflect", "Go value", "unmarshal"} {
				if text := err.Error(); strings.Contains(text, foreign) && !strings.Contains(raw, foreign) {
					t.Errorf("%s: %s", raw, text)
				}
			}
		}
	})
}
