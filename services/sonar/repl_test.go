package sonar

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"amalfa/llm"
	"amalfa/services"
	"amalfa/testdata/testllm"

	"github.com/google/go-cmp/cmp"
)

func TestConversation(t *testing.T) {
	u := newUpstream(t, saying("See\r \x1b[2Jthe [1]\u202E moon."))
	d := start(t, Options{Config: u.config(llm.Ollama), Search: tides})
	d.state("ready")
	for _, leave := range []string{"exit\n", "QUIT\n", ""} {
		var out strings.Builder
		if err := Chat(t.Context(), strings.NewReader("first\n\n  \nsecond\n"+leave+"never\n"[:min(len(leave), 6)]), &out, d.client, ChatOptions{}); err != nil {
			t.Fatal(err)
		}
		answer := "See [2Jthe [1] moon.\n  [1] notes/tides.md:3-9\n"
		if d := cmp.Diff(answer+answer, out.String()); d != "" {
			t.Errorf("after %q: %s", leave, d)
		}
	}
	bodies, _ := u.asked()
	if len(bodies) != 6 || strings.Contains(bodies[0], "second") || !strings.Contains(bodies[1], "first") || strings.Contains(bodies[2], "second") {
		t.Errorf("each conversation should be a session of its own: %d requests", len(bodies))
	}
}

func TestConversationOnATerminal(t *testing.T) {
	u := newUpstream(t, saying("hi"))
	d := start(t, Options{Config: u.config(llm.Ollama), Search: tides})
	d.state("ready")
	var out strings.Builder
	if err := Chat(t.Context(), strings.NewReader("q\nexit\n"), &out, d.client, ChatOptions{Terminal: true}); err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(u.URL, "http://")
	want := "qwen2.5:1.5b by ollama at " + host + ", on this machine.\nAnswers come without notes: this workspace has no index; run amalfa init. Leave with exit.\n\nYou > Thinking …" + eraseLine + "hi\n\nYou > "
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Error(d)
	}
}

func TestConversationGoesOnAfterAnError(t *testing.T) {
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), `Question:\none`) {
			w.WriteHeader(400)
			return
		}
		io.WriteString(w, `{"message":{"content":"hi"},"done":true}`)
	})
	d := start(t, Options{Config: u.config(llm.Ollama), Search: fixedSearch{}})
	d.state("ready")
	for terminal, want := range map[bool]error{false: ErrUnanswered, true: nil} { // who sat before it has seen the error
		var out, failed strings.Builder
		o := ChatOptions{Terminal: terminal, Failed: func(err error) { fmt.Fprintln(&failed, err) }}
		if err := Chat(t.Context(), strings.NewReader("one\ntwo\n"), &out, d.client, o); !errors.Is(err, want) {
			t.Errorf("terminal %t: %v", terminal, err)
		}
		if !strings.Contains(out.String(), "hi\n") || failed.String() != "the language model did not answer: 400 Bad Request\n" {
			t.Errorf("%q and %q", out.String(), failed.String())
		}
		out.Reset()
		o.Failed = func(error) {}
		if err := Chat(t.Context(), strings.NewReader("one\n"), &out, d.client, o); !errors.Is(err, ErrUnanswered) {
			t.Errorf("terminal %t, no answer at all: %v", terminal, err)
		}
	}
}

// Where there is no model to ask nothing is read, and what is wrong is what is wrong now.
func TestConversationWithNobody(t *testing.T) {
	u := newUpstream(t, saying("hi"))
	c := u.config(llm.Ollama)
	c.Model = "not-there"
	d := start(t, Options{Config: c, Recheck: time.Hour})
	in := strings.NewReader("one\n")
	err := Chat(t.Context(), in, io.Discard, d.client, ChatOptions{Terminal: true})
	if e, ok := errors.AsType[*services.Error](err); !ok || e.Kind != KindNoModel || e.Advice == "" || in.Len() != 4 {
		t.Errorf("%v, %d bytes left", err, in.Len())
	}
}

func TestConversationAsJSON(t *testing.T) {
	d := start(t, Options{Config: newUpstream(t, saying("See [1].")).config(llm.Ollama), Search: tides})
	var out strings.Builder
	if err := Chat(t.Context(), strings.NewReader("one\ntwo\n"), &out, d.client, ChatOptions{JSON: true}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var sessions []string
	for _, line := range lines {
		var a Answer
		if err := json.Unmarshal([]byte(line), &a); err != nil || a.Message.Content != "See [1]." || len(a.Sources) != 1 {
			t.Error(line, err)
		}
		sessions = append(sessions, a.SessionID)
	}
	if len(sessions) != 2 || sessions[0] == "" || sessions[0] != sessions[1] {
		t.Error(sessions)
	}
}

func TestInterrupt(t *testing.T) {
	gone := make(chan struct{}, 1)
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, `{"message":{"content":"slowly"}}`)
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
		gone <- struct{}{}
	})
	c := u.config(llm.Ollama)
	d := start(t, Options{Config: c, Search: tides})
	in, feed := io.Pipe()
	defer feed.Close()
	out := &watched{found: make(chan struct{}), want: "slowly"}
	interrupt := make(chan os.Signal)
	ended := make(chan error, 1)
	go func() {
		ended <- Chat(context.Background(), in, out, d.client, ChatOptions{Interrupt: interrupt})
	}()
	io.WriteString(feed, "q\n")
	testllm.Within(t, out.found, "the answer to begin")
	interrupt <- os.Interrupt // ends the answer
	testllm.Within(t, gone, "the provider to be told")
	interrupt <- os.Interrupt // at the prompt: ends the conversation
	if err := <-ended; !errors.Is(err, ErrInterrupted) {
		t.Errorf("got %v", err)
	}
	if got := out.String(); got != "slowly\n(stopped)\n\n" {
		t.Errorf("%q", got)
	}
}

func TestConversationEndsWithItsContext(t *testing.T) {
	d := start(t, Options{Config: newUpstream(t, saying("hi")).config(llm.Ollama)})
	in, feed := io.Pipe()
	defer feed.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Chat(ctx, in, io.Discard, d.client, ChatOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestClientReadsABrokenStream(t *testing.T) {
	for name, body := range map[string]string{
		"cut":     "data: {\"delta\":\"a\"}\n\n",
		"midway":  "data: {\"del",
		"garbage": "data: <html>\n\n",
	} {
		if _, err := readAnswer(io.NopCloser(strings.NewReader(body)), func(string) error { return nil }); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
