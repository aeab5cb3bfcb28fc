package services

import "go.uber.org/zap"

// State is where a service is in its life. The words are the same in records,
// `/health`, `/metrics` and every command.
type State string

const (
	Starting State = "starting" // listening, not ready to work yet
	Ready    State = "ready"
	Degraded State = "degraded" // running without something that it names
	Stopping State = "stopping" // finishing what was accepted
	Stopped  State = "stopped"
	Failed   State = "failed" // cannot work and says why
)

// allStates is the order in which `/metrics` lists them.
var allStates = [...]State{Starting, Ready, Degraded, Stopping, Stopped, Failed}

// follows reports whether a server may go from one state to another. Stopping
// ends only in Stopped, so work that finishes late cannot revive a server.
func follows(from, to State) bool {
	switch from {
	case Stopped:
		return false
	case Stopping:
		return to == Stopped
	default:
		return true
	}
}

// SetState moves the server to st, with the reason that `/health` and `/ready`
// give ("" for none). It is the only way a state changes, and each change is
// logged. A server that is stopping or stopped ignores it. Safe for concurrent use.
func (s *Server) SetState(st State, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := s.state
	if !follows(from, st) || (from == st && s.reason == reason) {
		return
	}
	s.state, s.reason = st, reason
	if st == Stopping && s.inFlight == 0 {
		close(s.drained)
	}
	s.metrics.setState(st)
	s.log.Info("State changed", zap.String("from", string(from)), zap.String("to", string(st)), zap.String("reason", reason))
}

func (s *Server) current() (State, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, s.reason
}
