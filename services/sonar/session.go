package sonar

import (
	"context"
	"crypto/rand"
	"errors"
	"math"
	"regexp"
	"sync"
	"time"

	"amalfa/llm"
	"amalfa/notes"

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

// sessions are the conversations of one daemon, and those of earlier ones where they are archived. Safe for concurrent use.
type sessions struct {
	now     func() time.Time
	archive *Archive // nil: they are in memory only

	mu  sync.Mutex
	all *simplelru.LRU[string, *session] // by id; never full, since waiting sessions stay
}

type session struct {
	id      string
	turn    chan struct{} // holds one token: whoever has it is having a question answered
	waiting int           // questions that have or wait for the token; guarded by sessions.mu, as is used
	used    time.Time
	history []llm.Message // guarded by turn
}

func newSessions(now func() time.Time) *sessions {
	all, _ := simplelru.NewLRU[string, *session](math.MaxInt, nil) // errors come of sizes below one only
	return &sessions{now: now, all: all}
}

// A turn is one question's hold on its session: questions of one session are answered one after another.
type turn struct {
	ID      string
	History []llm.Message // what was said before, oldest first
	end     func(exchange []llm.Message)
}

// End adds the exchange to the history and lets the next question in; without one the session stays as it was.
func (t *turn) End(exchange ...llm.Message) { t.end(exchange) }

// begin waits for the session's turn. An empty id starts a new session with an id that cannot be guessed. It returns
// errTooManySessions or ctx's error.
//
// What a model here has answered, and what one on another machine has, are two histories: the latter is not told of the former,
// which has seen all notes.
func (s *sessions) begin(ctx context.Context, id string, remote bool) (*turn, error) {
	if id == "" {
		id = rand.Text()
	}
	key := id
	if remote {
		key += "@remote" // no id holds that sign
	}
	ses, err := s.acquire(key)
	if err != nil {
		return nil, err
	}
	select {
	case ses.turn <- struct{}{}:
	case <-ctx.Done():
		s.release(ses)
		return nil, context.Cause(ctx)
	}
	if s.archive != nil {
		ses.history = s.archive.history(id, remote) // it may have been removed meanwhile
	}
	return &turn{ID: id, History: ses.history, end: func(exchange []llm.Message) {
		ses.history = appendHistory(ses.history, exchange)
		<-ses.turn
		s.release(ses)
	}}, nil
}

func (s *sessions) acquire(id string) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	ses, known := s.all.Get(id)
	if !known {
		if s.all.Len() >= maxSessions && !s.evictOldest() {
			return nil, errTooManySessions
		}
		ses = &session{id: id, turn: make(chan struct{}, 1)}
		s.all.Add(id, ses)
	}
	ses.waiting++
	return ses, nil
}

func (s *sessions) release(ses *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ses.waiting--
	ses.used = s.now()
	s.all.Get(ses.id) // it is the one used last
}

// expire drops the sessions that nobody has used for maxSessionAge. s.mu is held.
func (s *sessions) expire() {
	for _, ses := range s.all.Values() {
		if ses.waiting == 0 && s.now().Sub(ses.used) > maxSessionAge {
			s.all.Remove(ses.id)
		}
	}
}

func (s *sessions) evictOldest() bool {
	for _, ses := range s.all.Values() { // used longest ago first
		if ses.waiting == 0 {
			return s.all.Remove(ses.id)
		}
	}
	return false
}

// appendHistory returns a new slice, since the old one may still be read by the answer that is being written. The oldest
// questions go, each with its answer, until the rest is within the limits.
func appendHistory(history, exchange []llm.Message) []llm.Message {
	all := append([]llm.Message{}, history...)
	for _, m := range exchange {
		m.Content = notes.Clip(m.Content, maxTurnBytes)
		all = append(all, m)
	}
	for len(all) > 0 && (len(all) > maxTurns || totalBytes(all) > maxSessionBytes) {
		all = all[min(2, len(all)):] // a question goes with its answer
	}
	return all
}

func totalBytes(ms []llm.Message) int {
	n := 0
	for _, m := range ms {
		n += len(m.Content)
	}
	return n
}
