package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/testdata/testllm"
)

type judged struct {
	Score float64
	Why   string
}

// replies answers with one text after the other and keeps what it was asked.
type replies struct {
	texts  []string
	finish string
	asked  []Request
}

func (a *replies) Chat(_ context.Context, r Request, _ func(string) error) (Reply, error) {
	a.asked = append(a.asked, r)
	text := a.texts[min(len(a.asked), len(a.texts))-1]
	return Reply{Content: text, Finish: a.finish, Usage: Usage{Prompt: 10, Completion: 2}}, nil
}

func TestJSONOfAnAnswer(t *testing.T) {
	want := judged{0.5, "a } b"}
	const plain = `{"score":0.5,"why":"a } b"}`
	for name, text := range map[string]string{
		"plain":             plain,
		"fenced":            "```json\n" + plain + "\n```",
		"words around":      "Sure! Here it is:\n" + plain + "\nHope that helps {smile}",
		"trailing comma":    `{"score":0.5,"why":"a } b",}`,
		"comment":           "{\n// my view\n\"score\":0.5,\"why\":\"a } b\"}",
		"thoughts":          "<think>perhaps {\"score\":1}</think>" + plain,
		"another one first": `[1] says {"score": "high"}; so ` + plain,
		"unclosed first":    "{ hm " + strings.Repeat("[", 3) + " " + plain,
	} {
		t.Run(name, func(t *testing.T) {
			a := &replies{texts: []string{text}}
			got, reply, err := JSON[judged](t.Context(), a, ask, nil)
			if err != nil || got != want || len(a.asked) != 1 || reply.Usage.Prompt != 10 {
				t.Errorf("%+v, %+v, %d asked: %v", got, reply, len(a.asked), err)
			}
		})
	}
}

func TestUnusableAnswerIsAskedForOnceMore(t *testing.T) {
	tooHigh := func(v judged) error {
		if v.Score > 1 {
			return errors.New("score is above 1")
		}
		return nil
	}
	for name, tt := range map[string]struct{ first, finish, why string }{
		"words":     {"I cannot say.", "stop", "it holds no JSON"},
		"empty":     {" \n", "stop", "it is empty"},
		"cut":       {`{"score":0.`, "length", "it is longer than the model may answer"},
		"form":      {`{"score":"high"}`, "stop", "it is JSON of another form"},
		"range":     {`{"score":7}`, "stop", "score is above 1"},
		"deep":      {strings.Repeat("[", 1<<20) + strings.Repeat("]", 1<<20), "stop", "it holds no JSON"},
		"many open": {strings.Repeat("{", 1<<20), "stop", "it holds no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &replies{texts: []string{tt.first, `{"score":1}`}, finish: tt.finish}
			got, reply, err := JSON(t.Context(), a, ask, tooHigh)
			if err != nil || got.Score != 1 || reply.Usage != (Usage{Prompt: 20, Completion: 4}) {
				t.Errorf("%+v, %+v: %v", got, reply, err)
			}
			again := a.asked[1].Messages
			if len(again) != len(ask.Messages)+2 || !strings.Contains(again[2].Content, tt.why) || len(again[1].Content) > maxRepeated {
				t.Errorf("asked again with %.300q", again)
			}
			a = &replies{texts: []string{tt.first}, finish: tt.finish}
			if _, reply, err = JSON(t.Context(), a, ask, tooHigh); !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), tt.why) || reply.Usage.Prompt != 20 || len(a.asked) != 2 {
				t.Errorf("%v, %+v, %d asked", err, reply, len(a.asked))
			}
		})
	}
}

func FuzzJSONOfAnAnswer(f *testing.F) {
	for _, seed := range []string{`{"score":1}`, "```json\n[1]\n```", `{"a":"\\"}`, "<think>{</think>{}", `{/*`, `{"a":[{}]} []`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range candidates(text) {
			if !strings.Contains(text, c) || len(c) < 2 {
				t.Errorf("%q is not in %q", c, text)
			}
		}
		var v any
		if read(Reply{Content: text}, &v) == nil && v == nil {
			t.Errorf("%q reads as nothing", text)
		}
	})
}

// refusing is a server that refuses requests with some member, as it says in its own words.
func refusing(member, message string, bodies *[]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*bodies = append(*bodies, string(body))
		var sent map[string]json.RawMessage
		_ = json.Unmarshal(body, &sent)
		if _, has := sent[member]; has {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"error":{"message":%s}}`, testllm.JSON(message))
			return
		}
		fmt.Fprint(w, `{"model":"m1","choices":[{"message":{"content":"ok"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":1,"cost":0.25}}`)
	}
}

// What a server refuses is left out, this time and from then on.
func TestWishesThatAreRefused(t *testing.T) {
	cool := 0.1
	wishful := Request{Model: "m", Messages: ask.Messages, MaxTokens: 9, Temperature: &cool, Schema: &Schema{"judged", json.RawMessage(`{"type":"object"}`)}}
	for _, tt := range []struct {
		member, message string
		tries           int
		left            []string
	}{
		{"temperature", "Unsupported value: 'temperature' does not support 0.1 with this model.", 2, []string{"max_tokens", "response_format"}},
		{"max_tokens", "Unsupported parameter: 'max_tokens'", 2, []string{"temperature", "response_format"}},
		{"response_format", "this model knows no json_schema", 3, []string{"temperature", "max_tokens"}},
		{"response_format", "bad request", 2, nil},
		{"model", "there is no such model", 2, nil},
	} {
		t.Run(tt.member+" "+tt.message, func(t *testing.T) {
			var bodies []string
			p := fakeProvider(t, OpenAI, refusing(tt.member, tt.message, &bodies))
			reply, err := p.Chat(t.Context(), wishful, nil)
			if gone := tt.member == "model"; (err != nil) != gone || len(bodies) != tt.tries {
				t.Fatalf("%+v: %v, %d requests: %q", reply, err, len(bodies), bodies)
			}
			if err != nil {
				return
			}
			if diff := cmp.Diff(Usage{7, 1, 0.25}, reply.Usage); diff != "" {
				t.Error(diff)
			}
			for _, member := range []string{"temperature", "max_tokens", "response_format"} {
				if has := strings.Contains(bodies[len(bodies)-1], member); has != strings.Contains(strings.Join(tt.left, " "), member) {
					t.Errorf("%s: %s", member, bodies[len(bodies)-1])
				}
			}
			if _, err := p.Chat(t.Context(), wishful, nil); err != nil || len(bodies) != tt.tries+1 {
				t.Errorf("%v; %d requests with the second call", err, len(bodies))
			}
		})
	}
}

// Ollama takes the schema as it is, and says what it counted in its own words.
func TestWishesOfOllama(t *testing.T) {
	var body string
	p := fakeProvider(t, Ollama, func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		body = string(data)
		fmt.Fprint(w, `{"model":"q","message":{"content":"{}"},"done":true,"prompt_eval_count":12,"eval_count":3}`)
	})
	zero := 0.0
	reply, err := p.Chat(t.Context(), Request{Model: "q", Messages: ask.Messages, Context: 4096, MaxTokens: 9, Temperature: &zero, Schema: &Schema{"x", json.RawMessage(`{"type":"object"}`)}}, nil)
	if err != nil || reply.Usage != (Usage{Prompt: 12, Completion: 3}) {
		t.Fatalf("%+v: %v", reply, err)
	}
	if want := `"format":{"type":"object"},"options":{"num_ctx":4096,"num_predict":9,"temperature":0}}`; !strings.HasSuffix(body, want) {
		t.Errorf("%s does not end in %s", body, want)
	}
}
