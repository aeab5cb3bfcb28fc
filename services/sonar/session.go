package sonar

import (
	"context"
	"crypto/rand"
	"errors"
	"math"
	"regexp"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// What sessions may hold together: 256 of 32 KiB is 8 MiB.
const (
	maxSessions     = 256
	maxSessionAge   = time.Hour // since the last answer
	maxTurns        = 40        // messages, questions and answers counted alike
	maxSessionBytes = 32 << 10
	maxTurnBytes    = 8 << 10 // longer messages are remembered by their beginning
)

var (
	errTooManySessions = errors.New("every session is waiting for an answer")
	sessionID          = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
)

// sessions are the conversations of one daemon, in memory only. Safe for concurrent use.
type sessions struct {
	now func() time.Time

	mu  sync.Mutex
	all *simplelru.LRU[string, *session] // by id; never full, since waiting sessions stay
}

type session struct {
	id      string
	turn    chan struct{} // holds one token: whoever has it is having a question answered
	waiting int           // questions that have or wait for the token; guarded by sessions.mu, as is used
	used    time.Time
	history []Message // guarded by turn
}

func newSessions(now func() time.Time) *sessions {
	all, _ := simplelru.NewLRU[string, *session](math.MaxInt, nil) // errors come of sizes below one only
	return &sessions{now: now, all: all}
}

// A turn is one question's hold on its session: questions of one session are answered one after another.
type turn struct {
	ID      string
	History []Message // what was said before, oldest first
	end     func(said []Message)
}

// End keeps what was said and lets the next question in; nothing said leaves the session as it was.
func (t *turn) End(said ...Message) { t.end(said) }

// begin waits for the session's turn. An empty id starts a new session with an id that cannot be guessed. It returns
// errTooManySessions or ctx's error.
func (s *sessions) begin(ctx context.Context, id string) (*turn, error) {
	if id == "" {
		id = rand.Text()
	}
	ses, err := s.enter(id)
	if err != nil {
		return nil, err
	}
	select {
	case ses.turn <- struct{}{}:
	case <-ctx.Done():
		s.leave(ses)
		return nil, context.Cause(ctx)
	}
	return &turn{ID: id, History: ses.history, end: func(said []Message) {
		ses.history = remember(ses.history, said)
		<-ses.turn
		s.leave(ses)
	}}, nil
}

func (s *sessions) enter(id string) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	ses, known := s.all.Get(id)
	if !known {
		if s.all.Len() >= maxSessions && !s.dropOldest() {
			return nil, errTooManySessions
		}
		ses = &session{id: id, turn: make(chan struct{}, 1)}
		s.all.Add(id, ses)
	}
	ses.waiting++
	return ses, nil
}

func (s *sessions) leave(ses *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ses.waiting--
	ses.used = s.now()
	s.all.Get(ses.id) // it is the one used last
}

// forget drops the sessions that nobody has used for maxSessionAge.
func (s *sessions) forget() {
	for _, ses := range s.all.Values() {
		if ses.waiting == 0 && s.now().Sub(ses.used) > maxSessionAge {
			s.all.Remove(ses.id)
		}
	}
}

func (s *sessions) dropOldest() bool {
	for _, ses := range s.all.Values() { // used longest ago first
		if ses.waiting == 0 {
			return s.all.Remove(ses.id)
		}
	}
	return false
}

// remember returns a new slice: the one it extends may still be read by the answer that is being written.
func remember(history, said []Message) []Message {
	all := append([]Message{}, history...)
	for _, m := range said {
		m.Content = clip(m.Content, maxTurnBytes)
		all = append(all, m)
	}
	for len(all) > 0 && (len(all) > maxTurns || bytesOf(all) > maxSessionBytes) {
		all = all[min(2, len(all)):] // a question goes with its answer
	}
	return all
}

func bytesOf(ms []Message) int {
	n := 0
	for _, m := range ms {
		n += len(m.Content)
	}
	return n
}
