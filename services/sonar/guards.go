package sonar

import (
	"context"

	"amalfa/llm"
	"amalfa/llm/meter"
	"amalfa/tasks/consent"
)

// guards stand between the routes and the provider: consent, then the limits.
type guards struct {
	monitor *monitor
	policy  *consent.Policy
	meter   *meter.Meter
	count   func(string) int
}

// asker asks whichever provider is there at the time, for a purpose.
func (g guards) asker(purpose consent.Purpose) llm.Asker {
	return g.policy.Guard(purpose, g.meter.Guard(present{g.monitor}, g.count))
}

// present is the provider that is there at the time.
type present struct{ monitor *monitor }

// Chat implements llm.Asker.
func (p present) Chat(ctx context.Context, r llm.Request, onDelta func(string) error) (llm.Reply, error) {
	return p.monitor.provider().Chat(ctx, r, onDelta)
}
