package ingest

import (
	"bytes"
	"encoding/json"
	"os"
	"time"

	"github.com/natefinch/atomic"
	"go.uber.org/zap"
)

// vectorStatus is the file that tells other processes how far MakeVectors is.
type vectorStatus struct {
	PID         int       `json:"pid"`
	Model       string    `json:"model"`
	Have        int       `json:"have"`
	Of          int       `json:"of"`
	Made        int       `json:"made"`
	Tokens      int64     `json:"tokens"`
	TokensLeft  int64     `json:"tokensLeft"`
	Rate        float64   `json:"rate"` // tokens a second
	LeftSeconds float64   `json:"leftSeconds"`
	Updated     time.Time `json:"updated"`
}

const (
	statusEvery = time.Second
	// statusTrust is how long a status is believed whose process may have been killed: the longest that one batch takes.
	statusTrust = 2 * time.Minute
)

// report tells how far the run is: its caller each time, others now and then.
func (m *maker) report() {
	p := m.progress()
	m.VectorProgress(p)
	now := m.Now()
	if m.VectorStatus == "" || now.Sub(m.told) < statusEvery {
		return
	}
	m.told = now
	data, err := json.Marshal(vectorStatus{
		PID: os.Getpid(), Model: p.Model, Have: p.Have, Of: p.Of, Made: p.Made, Tokens: p.Tokens, TokensLeft: p.TokensLeft, Rate: p.Rate,
		LeftSeconds: p.Left.Seconds(), Updated: now,
	})
	if err == nil {
		err = atomic.WriteFile(m.VectorStatus, bytes.NewReader(append(data, '\n')))
	}
	if err != nil {
		m.Log.Warn("How far the vectors are cannot be written", zap.Error(err))
	}
}

// forget removes the status: the run has ended.
func (m *maker) forget() {
	if m.VectorStatus != "" {
		_ = os.Remove(m.VectorStatus)
	}
}

// ReadVectorStatus returns how far the process is that makes vectors, and false when none says that it does: at now, or not long
// before. What it says of the index is an estimate; the store knows better.
func ReadVectorStatus(path string, now time.Time) (VectorProgress, bool) {
	var s vectorStatus
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, &s) != nil || now.Sub(s.Updated) > statusTrust {
		return VectorProgress{}, false
	}
	return VectorProgress{
		Model: s.Model, Have: s.Have, Of: s.Of, Made: s.Made, Tokens: s.Tokens, TokensLeft: s.TokensLeft, Rate: s.Rate,
		Left: time.Duration(s.LeftSeconds * float64(time.Second)),
	}, true
}
