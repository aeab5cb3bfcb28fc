package config

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/tailscale/hujson"
)

// TestSchema holds files against the schema and against Load: what one takes the other takes.
func TestSchema(t *testing.T) {
	data, err := json.Marshal(Schema())
	if err != nil {
		t.Fatal(err)
	}
	var schema jsonschema.Schema
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	earlier, err := os.ReadFile(earlierSettings)
	if err != nil {
		t.Fatal(err)
	}
	for text, right := range map[string]bool{
		Template(): true, string(earlier): true, `{}`: true, `{"vector.port": 5}`: true, `{"search": {"limit": null, "mode": null}}`: true, `{"$schema": "./x.json"}`: true,
		`{"dialects": {"docs": "hugo"}}`: true,
		`{"search": {"limit": 0}}`:       false, `{"search": {"limit": "5"}}`: false, `{"search": {"mode": "hybird"}}`: false, `{"serch": {"limit": 5}}`: false, `{"search": {"limt": 5}}`: false,
		`{"dialects": {"docs": "word"}}`: false, `{"sources": [5]}`: false, `{"offline": "yes"}`: false, `{"search": 5}`: false, `{"vector": {"port": 65536}}`: false,
	} {
		std, err := hujson.Standardize([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(std, &value); err != nil {
			t.Fatal(err)
		}
		err = resolved.Validate(value)
		l := LoadText("file", []byte(text), false)
		loads := len(l.Problems) == 0
		for _, i := range l.Ignored {
			loads = loads && !strings.Contains(i.Why, "not a setting")
		}
		if (err == nil) != right || loads != right {
			t.Errorf("%.60s: schema %v, load %v %v, want right: %t", text, err, l.Problems, l.Ignored, right)
		}
	}
}
