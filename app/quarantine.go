package app

import (
	"strings"

	"amalfa/inference"
	"amalfa/registry"
)

// quarantineBase is where a service keeps what it knows of texts that ended it, beside its record.
func (w *Workspace) quarantineBase(svc registry.Service) string {
	return strings.TrimSuffix(w.spec(svc).Record, ".pid")
}

// Quarantine returns the texts during which a service died, oldest first.
func (w *Workspace) Quarantine(svc registry.Service) []inference.Suspect {
	return inference.ReadQuarantine(w.quarantineBase(svc))
}

// ClearQuarantine lets the service read all texts again.
func (w *Workspace) ClearQuarantine(svc registry.Service) error {
	return inference.ClearQuarantine(w.quarantineBase(svc))
}
