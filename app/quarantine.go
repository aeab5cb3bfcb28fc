package app

import (
	"strings"

	"amalfa/daemon"
	"amalfa/inference"
	"amalfa/registry"
)

// quarantineBase is where a service keeps what it knows of texts that ended it, beside its record.
func (w *Workspace) quarantineBase(svc registry.Service) string {
	return strings.TrimSuffix(w.spec(svc).Record, ".pid")
}

// openQuarantine takes over what this service's process before left. Close it after the engine.
func (v *serving) openQuarantine() (*inference.Quarantine, error) {
	return inference.OpenQuarantine(v.quarantineBase(v.svc), func(pid int) bool { return daemon.Died(v.spec(v.svc), pid) })
}

// Quarantine returns the texts during which a service died, oldest first.
func (w *Workspace) Quarantine(svc registry.Service) []inference.Suspect {
	return inference.ReadQuarantine(w.quarantineBase(svc))
}

// ClearQuarantine lets the service read all texts again.
func (w *Workspace) ClearQuarantine(svc registry.Service) error {
	return inference.ClearQuarantine(w.quarantineBase(svc))
}
