package prompts

import (
	"context"
	"encoding/json"
	"fmt"

	"amalfa/llm"
)

// maxAnswer bounds an answer of a form, in tokens.
const maxAnswer = 2048

// Ask asks for an answer of the form that a prompt has, and holds it to check.
func Ask[T any](ctx context.Context, a llm.Asker, model, prompt string, form Form, count func(string) int, check func(T) error) (T, llm.Usage, error) {
	f := shapes()[prompt]
	ms := Messages(prompt, form)
	v, reply, err := llm.JSON(ctx, a, llm.Request{
		Model: model, Messages: ms, Context: Window(ms, count), MaxTokens: maxAnswer, Temperature: &f.temperature,
		Schema: &llm.Schema{Name: prompt, JSON: json.RawMessage(f.schema)},
	}, check)
	return v, reply.Usage, err
}

type shape struct {
	temperature float64 // as the earlier system asked
	schema      string
}

// shapes are those of the prompts' answers, by name.
func shapes() map[string]shape {
	object := func(properties string) string {
		var names []string
		var all map[string]json.RawMessage
		if err := json.Unmarshal([]byte("{"+properties+"}"), &all); err != nil {
			panic(err)
		}
		for name := range all {
			names = append(names, name)
		}
		required, _ := json.Marshal(names) // texts
		return fmt.Sprintf(`{"type":"object","properties":{%s},"required":%s,"additionalProperties":false}`, properties, required)
	}
	const text, texts, share = `{"type":"string"}`, `{"type":"array","items":{"type":"string"}}`, `{"type":"number","minimum":0,"maximum":1}`
	return map[string]shape{
		"analyze": {0.1, object(`"intent":{"type":"string","enum":["implementation","conceptual","example"]},"entities":` + texts +
			`,"filters":{"type":"object","additionalProperties":{"type":"string"}},"technical_level":{"type":"string","enum":["high","medium","low"]},"suggested_queries":` + texts)},
		"relevance": {0.2, object(`"passages":{"type":"array","items":` + object(`"number":{"type":"integer"},"relevance":`+share+`,"reason":`+text) + `}`)},
		"snippet":   {0.1, object(`"snippet":` + text + `,"confidence":` + share)},
		"enhance":   {0.1, object(`"keywords":` + texts + `,"summary":` + text)},
		"link":      {0.1, object(`"relation":{"type":"string","enum":["EXTENDS","SUPPORTS","CONTRADICTS","REFERENCES","DUPLICATE","NONE"]},"confidence":` + share + `,"reason":` + text)},
		"community": {0.3, object(`"label":` + text + `,"summary":` + text)},
		"day":       {0, object(`"date":{"type":["string","null"]},"quote":` + text)},
	}
}
