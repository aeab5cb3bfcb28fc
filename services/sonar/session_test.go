package sonar

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"amalfa/llm"
)

func say(n int) []llm.Message {
	return []llm.Message{{Role: "user", Content: fmt.Sprint("q", n)}, {Role: "assistant", Content: fmt.Sprint("a", n)}}
}

func TestSessionRemembersInOrder(t *testing.T) {
	s := newSessions(time.Now)
	for i := range 3 {
		tn, err := s.begin(t.Context(), "x", false)
		if err != nil || len(tn.History) != 2*i || tn.ID != "x" {
			t.Fatalf("turn %d: %+v, %v", i, tn, err)
		}
		tn.End(say(i)...)
	}
	tn, _ := s.begin(t.Context(), "x", false)
	tn.End() // an answer that failed leaves nothing
	tn, _ = s.begin(t.Context(), "x", false)
	defer tn.End()
	if got := tn.History[4].Content + tn.History[5].Content; len(tn.History) != 6 || got != "q2a2" {
		t.Errorf("history %v", tn.History)
	}
}

func TestSessionIsBounded(t *testing.T) {
	s := newSessions(time.Now)
	for i := range 100 {
		tn, err := s.begin(t.Context(), "x", false)
		if err != nil {
			t.Fatal(err)
		}
		if len(tn.History) > maxTurns || totalBytes(tn.History) > maxSessionBytes || len(tn.History)%2 != 0 {
			t.Fatalf("%d messages of %d bytes", len(tn.History), totalBytes(tn.History))
		}
		if i > 0 && (tn.History[0].Role != "user" || tn.History[len(tn.History)-1].Role != "assistant") {
			t.Fatal("a question lost its answer")
		}
		tn.End(llm.Message{Role: "user", Content: strings.Repeat("é", i*100)}, llm.Message{Role: "assistant", Content: strings.Repeat("日", i*200)})
	}
	tn, _ := s.begin(t.Context(), "x", false)
	defer tn.End()
	if last := tn.History[len(tn.History)-1].Content; len(last) > maxTurnBytes || strings.ToValidUTF8(last, "") != last || len(last) < maxTurnBytes-3 {
		t.Errorf("the last answer is kept with %d bytes", len(last))
	}
}

func TestSessionsAreBoundedInNumberAndAge(t *testing.T) {
	now := time.Unix(0, 0)
	s := newSessions(func() time.Time { return now })
	for i := range maxSessions + 50 {
		tn, err := s.begin(t.Context(), fmt.Sprint("s", i), false)
		if err != nil {
			t.Fatal(err)
		}
		tn.End(say(i)...)
		now = now.Add(time.Second)
	}
	if s.all.Len() != maxSessions || s.all.Contains("s49") || !s.all.Contains("s50") {
		t.Errorf("%d sessions; the ones used longest ago should have gone", s.all.Len())
	}
	now = now.Add(maxSessionAge + time.Second)
	tn, _ := s.begin(t.Context(), "s60", false)
	defer tn.End()
	if s.all.Len() != 1 || len(tn.History) != 0 {
		t.Errorf("%d sessions, history %v after an hour", s.all.Len(), tn.History)
	}
}

func TestSessionsAllBusy(t *testing.T) {
	s := newSessions(time.Now)
	for i := range maxSessions {
		tn, err := s.begin(t.Context(), fmt.Sprint(i), false)
		if err != nil {
			t.Fatal(err)
		}
		defer tn.End()
	}
	if _, err := s.begin(t.Context(), "more", false); !errors.Is(err, errTooManySessions) {
		t.Errorf("got %v", err)
	}
}

func TestSessionAnswersOneAtATime(t *testing.T) {
	s := newSessions(time.Now)
	first, err := s.begin(t.Context(), "x", false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.begin(ctx, "x", false); !errors.Is(err, context.Canceled) {
		t.Errorf("a second question did not wait: %v", err)
	}
	second := make(chan *turn)
	go func() {
		tn, _ := s.begin(context.Background(), "x", false)
		second <- tn
	}()
	first.End(say(1)...)
	tn := <-second
	defer tn.End()
	if len(tn.History) != 2 {
		t.Errorf("the second question sees %v", tn.History)
	}
}

func TestNewSessionsAreApart(t *testing.T) {
	s := newSessions(time.Now)
	a, _ := s.begin(t.Context(), "", false)
	b, _ := s.begin(t.Context(), "", false)
	if a.ID == b.ID || !sessionID.MatchString(a.ID) || len(a.ID) < 20 {
		t.Errorf("ids %q and %q", a.ID, b.ID)
	}
	a.End()
	b.End()
}
