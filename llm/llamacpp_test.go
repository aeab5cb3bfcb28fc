package llm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"amalfa/testdata/llamacpp"
	"amalfa/testdata/testllm"
)

// TestLlamaCpp holds the client against llama.cpp's own server.
func TestLlamaCpp(t *testing.T) {
	const context = 16 << 10
	srv := llamacpp.Start(t, llamacpp.Options{Context: context, Answer: 30, Key: testllm.Canary})
	at := func(t *testing.T, key Secret) *Provider {
		p, err := NewProvider(Config{Provider: OpenAI, BaseURL: srv.URL + "/v1", Key: key, Model: llamacpp.Model})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		return p
	}
	say := func(content string) Request {
		return Request{Model: llamacpp.Model, Messages: []Message{{"system", "Answer."}, {"user", content}}}
	}
	p := at(t, testllm.Canary)
	t.Run("models", func(t *testing.T) {
		names, err := p.Models(t.Context())
		if err != nil || len(names) != 1 || names[0] != llamacpp.Model {
			t.Errorf("models: %q, %v", names, err)
		}
	})
	t.Run("whole", func(t *testing.T) {
		reply, err := p.Chat(t.Context(), say("hello"), nil)
		if err != nil || reply.Content == "" || reply.Model != llamacpp.Model || reply.Finish != "length" || reply.Usage.Completion != 30 || reply.Usage.Prompt < len("Answer.hello") {
			t.Errorf("%+v, %v", reply, err)
		}
	})
	t.Run("streamed", func(t *testing.T) {
		var pieces []string
		reply, err := p.Chat(t.Context(), say("hello"), func(s string) error { pieces = append(pieces, s); return nil })
		if err != nil || len(pieces) < 5 || strings.Join(pieces, "") != reply.Content || reply.Finish != "length" || reply.Usage.Completion != 30 || reply.Usage.Prompt < len("Answer.hello") {
			t.Errorf("%d pieces, %+v, %v", len(pieces), reply, err)
		}
	})
	t.Run("wishes", func(t *testing.T) {
		r, cold := say("hello"), 0.0
		r.MaxTokens, r.Temperature = 7, &cold
		one, err := p.Chat(t.Context(), r, nil)
		if err != nil || one.Usage.Completion != 7 {
			t.Errorf("%+v, %v", one, err)
		}
		if two, err := p.Chat(t.Context(), r, nil); err != nil || two.Content != one.Content {
			t.Errorf("%q, then %q, %v", one.Content, two.Content, err)
		}
	})
	t.Run("schema", func(t *testing.T) { testSchema(t, p, say("hello")) })
	t.Run("too long", func(t *testing.T) {
		_, err := p.Chat(t.Context(), say(strings.Repeat("a", 2*context)), nil)
		f, ok := errors.AsType[*Fault](err)
		if !ok || f.Kind != KindRefused || f.Status != 400 || !strings.Contains(f.Message, fmt.Sprintf("exceeds the available context size (%d tokens)", context)) {
			t.Errorf("%v", err)
		}
	})
	t.Run("wrong key", func(t *testing.T) {
		_, err := at(t, "sk-wrong-0123456789abcdef").Chat(t.Context(), say("hello"), nil)
		if f, ok := errors.AsType[*Fault](err); !ok || f.Kind != KindAuth || f.Status != 401 {
			t.Errorf("%v", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) { testCancelled(t, p, srv, say("hello")) })
	t.Run("parallel", func(t *testing.T) {
		errs := make(chan error, 20)
		for range cap(errs) {
			go func() { _, err := p.Chat(t.Context(), say("hello"), nil); errs <- err }()
		}
		for range cap(errs) {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	})
}

// testSchema has noise come as JSON of a form, since the server holds the model to it.
func testSchema(t *testing.T, p *Provider, r Request) {
	type answer struct {
		Number int
		Word   string
	}
	r.MaxTokens = 400
	r.Schema = &Schema{"answer", []byte(`{"type":"object","properties":{"number":{"type":"integer","minimum":10,"maximum":99},"word":{"enum":["high","low"]}},"required":["number","word"],"additionalProperties":false}`)}
	for range 5 {
		got, reply, err := JSON(t.Context(), p, r, func(a answer) error {
			if a.Number < 10 || a.Number > 99 || a.Word != "high" && a.Word != "low" {
				return fmt.Errorf("out of range: %+v", a)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%+v, %+v, %v", got, reply, err)
		}
	}
}

// testCancelled leaves in the middle of answers that would take a minute; the server has to stop making them.
func testCancelled(t *testing.T, p *Provider, srv *llamacpp.Server, r Request) {
	r.MaxTokens = 12 << 10
	for _, streamed := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan error, 1)
		go func() {
			onDelta := func(string) error { cancel(); return nil }
			if !streamed {
				onDelta = nil
			}
			_, err := p.Chat(ctx, r, onDelta)
			ended <- err
		}()
		if !streamed {
			untilBusy(t, srv, 1)
			cancel()
		}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("streamed %v: %v", streamed, err)
		}
		untilBusy(t, srv, 0)
		if _, made := srv.Busy(t); made >= r.MaxTokens {
			t.Errorf("streamed %v: it made %d tokens", streamed, made)
		}
	}
}

// untilBusy waits until the server works on so many questions. It asks less often than once in a second: the server looks whether a
// client has gone when nothing has been told to anybody for so long.
func untilBusy(t *testing.T, srv *llamacpp.Server, want int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; <-time.After(1500 * time.Millisecond) {
		if n, _ := srv.Busy(t); n == want {
			return
		} else if time.Now().After(end) {
			t.Fatalf("the server works on %d questions, want %d", n, want)
		}
	}
}
