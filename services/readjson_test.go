package services

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

type sample struct {
	Text   string   `json:"text"`
	Texts  []string `json:"texts"`
	N      int      `json:"n"`
	Strict bool     `json:"strict"`
	Inner  struct {
		List []float32 `json:"list"`
	} `json:"inner"`
}

func TestReadJSON(t *testing.T) {
	nested := func(n int) string { return `{"x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` }
	tests := []struct {
		name, body string
		want       sample
		message    string // "" = accepted
	}{
		{"plain", `{"text":"a","n":3}`, sample{Text: "a", N: 3}, ""},
		{"space around", " \n{\"text\":\"a\"}\r\n\t", sample{Text: "a"}, ""},
		{"unknown fields", `{"text":"a","other":{"text":1}}`, sample{Text: "a"}, ""},
		{"one key in two objects", `{"text":"a","inner":{"text":"b"},"other":[{"text":1},{"text":2}]}`, sample{Text: "a"}, ""},
		{"key and value alike", `{"text":"text","texts":["text","text"]}`, sample{Text: "text", Texts: []string{"text", "text"}}, ""},
		{"brackets and quotes in a string", `{"text":"` + strings.Repeat(`[{\"`, 100) + `"}`, sample{Text: strings.Repeat(`[{"`, 100)}, ""},
		{"as deep as allowed", nested(63), sample{}, ""},
		{"too deep", nested(64), sample{}, "the body nests deeper than 64"},
		{"much too deep", strings.Repeat("[", 1e6), sample{}, "the body nests deeper than 64"},
		{"empty", "", sample{}, "the body is empty"},
		{"blank", " \n", sample{}, "the body is empty"},
		{"cut short", `{"text":"a"`, sample{}, "the body is not one JSON value (byte 11)"},
		{"trailing garbage", `{"text":"a"}x`, sample{}, "the body is not one JSON value (byte 13)"},
		{"second value", `{"text":"a"}{"text":"b"}`, sample{}, "the body is not one JSON value (byte 13)"},
		{"NaN", `{"n":NaN}`, sample{}, "the body is not one JSON value (byte 6)"},
		{"not UTF-8", "{\"text\":\"\xff\"}", sample{}, "the body is not UTF-8"},
		{"CESU surrogate", "{\"text\":\"\xed\xa0\x80\"}", sample{}, "the body is not UTF-8"},
		{"a key twice", `{"text":"a","text":"b"}`, sample{}, `the key "text" appears twice in one object`},
		{"a key twice, once escaped", `{"text":"a","te\u0078t":"b"}`, sample{}, `the key "text" appears twice in one object`},
		{"a key twice, deep", `{"a":[{"b":1 , "b" :2}]}`, sample{}, `the key "b" appears twice in one object`},
		{"number for string", `{"text":3}`, sample{}, "text: want a string, got number"},
		{"whole, written as a fraction", `{"text":"1.0","n":3.0}`, sample{Text: "1.0", N: 3}, ""},
		{"whole, with an exponent", `{"n":3e2}`, sample{N: 300}, ""},
		{"whole below zero", `{"n":-64.00}`, sample{N: -64}, ""},
		{"whole, and larger than any", `{"n":1e300}`, sample{}, "n: want a whole number, got number 1e300"},
		{"whole for string", `{"text":3.0}`, sample{}, "text: want a string, got number"},
		{"string for number", `{"n":"3"}`, sample{}, "n: want a whole number, got string"},
		{"fraction for whole number", `{"n":3.5}`, sample{}, "n: want a whole number, got number 3.5"},
		{"string for list", `{"texts":"a"}`, sample{}, "texts: want a list, got string"},
		{"number in list", `{"texts":["a",1]}`, sample{}, "texts: want a string, got number"},
		{"word for flag", `{"strict":"yes"}`, sample{}, "strict: want true or false, got string"},
		{"deep field", `{"inner":{"list":["x"]}}`, sample{}, "inner.list: want a number, got string"},
		{"number for object", `{"inner":7}`, sample{}, "inner: want an object, got number"},
		{"list at the top", `[]`, sample{}, "the body: want an object, got array"},
		{"string at the top", `"a"`, sample{}, "the body: want an object, got string"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got sample
			err := ReadJSON(httptest.NewRequest("POST", "/", strings.NewReader(tt.body)), &got)
			if tt.message == "" {
				if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
					t.Errorf("error %v, (-want +got):\n%s", err, diff)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || e.Status != 400 || e.Kind != "bad_request" || e.Message != tt.message {
				t.Errorf("got %#v, want 400 %q", err, tt.message)
			}
		})
	}
}

// A body that is accepted must be one that every reader reads alike.
func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{`{"text":"a"}`, `{"a":1,"a":2}`, `[[[[`, `{"a":"\""}`, `{"a\\":1,"a\\\\":{}}`, "\xff", `"\ud800"`, `{"":"","":""}`, ` null `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v any
		err := decode(data, &v)
		if err == nil {
			if !utf8.Valid(data) || !json.Valid(data) {
				t.Fatalf("accepted %q", data)
			}
			return
		}
		var e *Error
		if !errors.As(err, &e) || e.Status != 400 || e.Message == "" {
			t.Fatalf("%q: %v is not a 400 with a message", data, err)
		}
		if strings.HasPrefix(e.Message, "the key") && !json.Valid(data) {
			t.Fatalf("%q: a key of something that is not JSON", data)
		}
	})
}

func TestWriteJSONNeverSendsNaN(t *testing.T) {
	for _, v := range []any{math.NaN(), math.Inf(1), []float64{1, math.Inf(-1)}, map[string]any{"f": func() {}}} {
		w := httptest.NewRecorder()
		WriteJSON(w, 200, v)
		if w.Code != 500 || kind(t, w.Body.String()) != "internal" {
			t.Errorf("%v: %d %s", v, w.Code, w.Body)
		}
	}
}

func TestErrorsCrossTheWire(t *testing.T) {
	want := &Error{Status: 429, Kind: "busy", Message: "too much", Advice: "wait", RetryAfter: 2 * time.Second}
	w := httptest.NewRecorder()
	WriteError(w, &Error{Status: 429, Kind: "busy", Message: "too much", Advice: "wait", RetryAfter: 1500 * time.Millisecond})
	const body = `{"error":{"kind":"busy","message":"too much","hint":"wait"}}` + "\n"
	if w.Body.String() != body || w.Header().Get("Retry-After") != "2" {
		t.Errorf("body %s, Retry-After %s", w.Body, w.Header().Get("Retry-After"))
	}
	if diff := cmp.Diff(want, ReadError(w.Result())); diff != "" {
		t.Errorf("ReadError() (-want +got):\n%s", diff)
	}
	foreign := httptest.NewRecorder()
	foreign.WriteHeader(http.StatusBadGateway)
	_, _ = foreign.WriteString("<html>" + strings.Repeat("x", 1<<20))
	if diff := cmp.Diff(&Error{Status: 502, Kind: "http", Message: "502 Bad Gateway"}, ReadError(foreign.Result())); diff != "" {
		t.Errorf("ReadError() of a stranger (-want +got):\n%s", diff)
	}
}

func TestUnknownErrorsKeepTheirText(t *testing.T) {
	w := httptest.NewRecorder()
	WriteError(w, errors.New("open /home/me/secret.key: denied"))
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestEndedRequests: work that the stop cut short says so, whoever wrapped the
// cause.
func TestEndedRequests(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		kind string
	}{
		"the drain's end": {fmt.Errorf("embed: %w", ErrStopping), "stopping"},
		"a cancel":        {context.Canceled, "stopping"},
		"a deadline":      {context.DeadlineExceeded, "timeout"},
	} {
		w := httptest.NewRecorder()
		WriteError(w, test.err)
		if w.Code != 503 || kind(t, w.Body.String()) != test.kind || w.Header().Get("Retry-After") != "1" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
