package vector

import (
	"encoding/json"
	"testing"
)

// FuzzBodies reads any body as each dialect would: what is accepted has texts
// or token ids of which none is over the limits.
func FuzzBodies(f *testing.F) {
	for _, seed := range []string{`{"text":"a"}`, `{"texts":["a","b"],"long":"chunk"}`, `{"inputs":[[1,2]],"truncate":false}`,
		`{"input":["a"],"encoding_format":"base64","dimensions":3}`, `{"model":"m","input":""}`, `{"inputs":[1,"a"]}`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var own embedBody
		if json.Unmarshal(data, &own) == nil && own.own != nil {
			if texts, o, err := own.own.parse(); err == nil && (len(texts) == 0 || o.Check() != nil) {
				t.Errorf("accepted %d texts with %+v", len(texts), o)
			}
		}
		if own.tei != nil && own.tei.check() == nil && own.tei.Inputs.size() == 0 {
			t.Error("accepted no inputs")
		}
		var openAI openAIRequest
		if json.Unmarshal(data, &openAI) == nil && openAI.check() == nil && openAI.Input.size() == 0 {
			t.Error("accepted no input")
		}
		var ollama ollamaRequest
		_ = json.Unmarshal(data, &ollama)
	})
}
