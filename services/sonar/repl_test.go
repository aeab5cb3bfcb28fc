package sonar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConversation(t *testing.T) {
	u := newUpstream(t, saying("See\r \x1b[2Jthe [1]\u202E moon."))
	d := start(t, Options{Config: u.config(Ollama), Search: tides})
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
	d := start(t, Options{Config: u.config(Ollama), Search: tides})
	d.state("ready")
	var out strings.Builder
	if err := Chat(t.Context(), strings.NewReader("q\nexit\n"), &out, d.client, ChatOptions{Terminal: true}); err != nil {
		t.Fatal(err)
	}
	want := "qwen2.5:1.5b by ollama, on this machine. Leave with exit.\n\nYou > Thinking …" + eraseLine + "hi\n\nYou > "
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
	d := start(t, Options{Config: u.config(Ollama), Search: fixedSearch{}})
	d.state("ready")
	var out strings.Builder
	if err := Chat(t.Context(), strings.NewReader("one\ntwo\n"), &out, d.client, ChatOptions{}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff("sonar: the language model did not answer: 400 Bad Request\nhi\n", out.String()); d != "" {
		t.Error(d)
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
	c := u.config(Ollama)
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
	within(t, out.found, "the answer to begin")
	interrupt <- os.Interrupt // ends the answer
	within(t, gone, "the provider to be told")
	interrupt <- os.Interrupt // at the prompt: ends the conversation
	if err := <-ended; !errors.Is(err, ErrInterrupted) {
		t.Errorf("got %v", err)
	}
	if got := out.String(); got != "slowly\n(stopped)\n\n" {
		t.Errorf("%q", got)
	}
}

func TestConversationEndsWithItsContext(t *testing.T) {
	d := start(t, Options{Config: newUpstream(t, saying("hi")).config(Ollama)})
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
		if _, err := readAnswer(strings.NewReader(body), func(string) error { return nil }); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
