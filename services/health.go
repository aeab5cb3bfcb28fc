package services

import (
	"maps"
	"net/http"
	"os"
	"time"

	"amalfa/lifecycle"
)

// health answers that the process lives, and everything `servers` shows.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	st, reason := s.life.Now()
	s.mu.Lock()
	body := maps.Clone(s.details)
	maps.Copy(body, map[string]any{
		"status": "ok", "service": s.info.Service, "instance": s.info.Instance, "version": s.info.Version,
		"workspace": s.info.Workspace, "pid": os.Getpid(), "state": st, "reason": reason,
		"ready": st == lifecycle.Ready, "uptime_seconds": int64(time.Since(s.started).Seconds()), "requests": s.requests,
	})
	s.mu.Unlock()
	for key, v := range body { // unlocked: who is asked may be about to set a detail
		if now, ok := v.(func() any); ok {
			body[key] = now()
		}
	}
	WriteJSON(w, http.StatusOK, body)
}

// ready answers 200 when work would be done now, else 503 with the state as kind.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	st, reason := s.life.Now()
	if st == lifecycle.Ready {
		WriteJSON(w, http.StatusOK, map[string]any{"ready": true, "state": st})
		return
	}
	if reason == "" {
		reason = "the service is " + string(st)
	}
	WriteError(w, &Error{Status: http.StatusServiceUnavailable, Kind: string(st), Message: reason, RetryAfter: time.Second})
}
