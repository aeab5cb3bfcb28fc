package arguments

import (
	"encoding/json"
	"testing"
)

func TestParams(t *testing.T) {
	tests := []struct{ method, raw, want string }{
		{"ping", `{"a":null}`, `{"a":null}`},
		{"prompts/get", `{"name":"recall","arguments":{"topic":2024}}`, `{"arguments":{"topic":"2024"},"name":"recall"}`},
		{"prompts/get", `{"name":"recall","arguments":{"topic":5.0,"x":true}}`, `{"arguments":{"topic":"5.0","x":"true"},"name":"recall"}`},
		{"prompts/get", `{"name":"recall","arguments":{"topic":["tea"],"x":null}}`, `{"arguments":{"topic":"tea"},"name":"recall"}`},
		{"prompts/get", `{"name":"recall","arguments":"{\"topic\":\"tea\"}"}`, `{"arguments":{"topic":"tea"},"name":"recall"}`},
		{"prompts/get", `{"name":"recall","arguments":[]}`, `{"arguments":{},"name":"recall"}`},
		{"prompts/get", `{"name":"recall","arguments":null,"_meta":null}`, `{"name":"recall"}`},
		{"prompts/get", `{ "name": "recall", "_meta": {"progressToken": 7} }`, `{ "name": "recall", "_meta": {"progressToken": 7} }`},
		{"tools/call", `{"name":"grep","arguments":"{}","_meta":{"a":null}}`, `{"name":"grep","arguments":"{}","_meta":{"a":null}}`},
		{"tools/call", `{"name":"grep","arguments":null}`, `{"name":"grep"}`},
		{"tools/list", `{"cursor":null,"_meta":7}`, `{}`},
		{"tools/list", `[]`, `{}`},
		{"tools/list", `"{}"`, `{}`},
		{"resources/read", `{"uri":["a://b"]}`, `{"uri":"a://b"}`},
		{"completion/complete", `{"ref":{"type":"ref/prompt","name":"recall"},"argument":{"name":"topic","value":20}}`, `{"argument":{"name":"topic","value":"20"},"ref":{"type":"ref/prompt","name":"recall"}}`},
		{"completion/complete", `{"ref":{"type":"x"},"context":{"arguments":{"folder":1}}}`, `{"context":{"arguments":{"folder":"1"}},"ref":{"type":"x"}}`},
	}
	for _, tc := range tests {
		if got, err := Params(tc.method, json.RawMessage(tc.raw)); err != nil || string(got) != tc.want {
			t.Errorf("%s %s: %s, %v; want %s", tc.method, tc.raw, got, err, tc.want)
		}
	}
	for _, tc := range []struct{ method, raw, want string }{
		{"prompts/get", `"x"`, `params: expected an object, got "x"`},
		{"prompts/get", `{"name":"recall","arguments":"x"}`, `arguments: expected an object, got "x"`},
		{"prompts/get", `{"name":"recall","arguments":{"topic":{"a":1}}}`, `arguments.topic: expected text, got an object`},
		{"prompts/get", `{"name":{}}`, `name: expected text, got an object`},
		{"resources/read", `{"uri":["a","b"]}`, `uri: expected text, got a list of 2`},
		{"completion/complete", `{"argument":7}`, `argument: expected an object, got 7`},
	} {
		if got, err := Params(tc.method, json.RawMessage(tc.raw)); err == nil || err.Error() != tc.want {
			t.Errorf("%s %s: %s, %v; want %s", tc.method, tc.raw, got, err, tc.want)
		}
	}
}

// FuzzParams holds that what comes out is one JSON value, and the same when it is read again.
func FuzzParams(f *testing.F) {
	f.Add("prompts/get", `{"name":"recall","arguments":{"topic":2024}}`)
	f.Add("completion/complete", `{"ref":"{\"type\":5}","argument":[]}`)
	f.Fuzz(func(t *testing.T, method, raw string) {
		if !json.Valid([]byte(raw)) {
			t.Skip()
		}
		once, err := Params(method, json.RawMessage(raw))
		if err != nil {
			return
		}
		if !json.Valid(once) {
			t.Fatalf("%s became %s", raw, once)
		}
		if twice, err := Params(method, once); err != nil || string(twice) != string(once) {
			t.Errorf("%s, read again: %s, %v", once, twice, err)
		}
	})
}
