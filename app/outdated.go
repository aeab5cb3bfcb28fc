package app

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"amalfa/config"
	"amalfa/daemon"
	"amalfa/registry"

	"go.uber.org/zap"
)

// readBy says which settings a service reads, each when it begins but for those of the models, which it follows.
func readBy(service string) (keys []string) {
	http := []string{service + ".port", "http.origins", "http.hosts", "offline"}
	switch service {
	case "vector":
		return append(http, "embeddings.precision", "idleTimeout", "cache.maxBytes")
	case "reranker":
		return append(http, "reranker.precision", "idleTimeout")
	case "sonar":
		for _, k := range config.Keys() {
			if strings.HasPrefix(k.Path, "sonar.") && k.Path != "sonar.enabled" && k.Path != "sonar.port" {
				http = append(http, k.Path)
			}
		}
		return append(http, "database", "private", "embeddings.model", "embeddings.url", "embeddings.apiKey", "reranker.budgetMs", "reranker.url", "reranker.apiKey")
	case "dashboard":
		return append(http, "database")
	case "watcher":
		return []string{"sources", "excludePatterns", "dialect", "dialects", "watch.debounce", "watch.polling", "watch.notifications", "embeddings.model", "embeddings.url", "embeddings.apiKey", "private", "offline", "cache.maxBytes", "database"}
	}
	return nil
}

// A runningSetting is a value that a service runs with. Secrets are hashed.
type runningSetting struct {
	Value    string `json:"value"` // as JSON
	Variable bool   `json:"variable"`
}

// runningSettings is the file beside a service's record.
type runningSettings struct {
	PID      int                       `json:"pid"`
	Settings map[string]runningSetting `json:"settings"`
}

func settingsBeside(record string) string {
	return strings.TrimSuffix(record, ".pid") + ".settings.json"
}

func running(l config.Loaded, service string) map[string]runningSetting {
	out := map[string]runningSetting{}
	for _, path := range readBy(service) {
		v, ok := l.Get(path)
		if !ok {
			continue
		}
		data, _ := json.Marshal(v.Value) // plain data, cannot fail
		text := string(data)
		if v.Secret() || path == "database" { // an address may hold a password
			sum := sha256.Sum256(data)
			text = hex.EncodeToString(sum[:])
		}
		out[path] = runningSetting{text, v.Origin.Variable != ""}
	}
	return out
}

// rememberSettings writes down what this process runs with, for those who look at it.
func (v *serving) rememberSettings(l config.Loaded) error {
	data, err := json.Marshal(runningSettings{os.Getpid(), running(l, v.svc.Name)})
	if err != nil {
		return err
	}
	path := settingsBeside(v.spec(v.svc).Record)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // a link that a cloned folder holds is not followed
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func (r runningSettings) dropProject() {
	for path := range r.Settings {
		if k, ok := config.Lookup(path); ok && k.Project {
			delete(r.Settings, path)
		}
	}
}

// tookOver writes down the settings that the service follows as they are now, and the others as it began with them.
func (v *serving) tookOver(now config.Loaded) {
	l := v.Loaded
	l.Values = slices.Clone(l.Values)
	for i, value := range l.Values {
		if value.Path == "embeddings.precision" || value.Path == "reranker.precision" {
			l.Values[i] = now.Values[i]
		}
	}
	if err := v.rememberSettings(l); err != nil {
		v.log.Warn("Settings cannot be written down", zap.Error(err))
	}
}

// Outdated names the settings that a running service was started with and that are others now, "" for none: it goes on with the old ones until
// it is restarted.
func (w *Workspace) Outdated(svc registry.Service, st daemon.Status) string {
	data, err := config.ReadFile(settingsBeside(w.spec(svc).Record))
	var then runningSettings
	if st.PID == 0 || err != nil || json.Unmarshal(data, &then) != nil || then.PID != st.PID {
		return ""
	}
	if svc.Scope == registry.Machine { // a project's file of another workspace has its own wishes
		then.dropProject()
	}
	var changed []string
	for path, now := range running(w.Loaded, svc.Name) {
		was, known := then.Settings[path]
		fromOutside := strings.HasSuffix(path, ".port") && (was.Variable || now.Variable) // of one shell and not of the other
		if known && was.Value != now.Value && !fromOutside {
			changed = append(changed, path)
		}
	}
	if len(changed) == 0 {
		return ""
	}
	slices.Sort(changed)
	return fmt.Sprintf("%s changed since it was started: amalfa %s restart", strings.Join(changed, ", "), svc.Name)
}

// OldProgram says that a running service is another program than the one that is here now, "" where it is the same.
func (w *Workspace) OldProgram(svc registry.Service, st daemon.Status) string {
	restart := ": run \"amalfa " + svc.Name + " restart\""
	switch {
	case st.PID == 0 || svc.Stdio:
		return ""
	case st.Version != "" && st.Version != Version():
		return fmt.Sprintf("it runs version %s and the program is %s%s", st.Version, Version(), restart)
	case st.Replaced:
		return "its program was replaced since it was started" + restart
	}
	return ""
}

// OutdatedServices returns what Outdated says of each service that reads a key and runs.
func (w *Workspace) OutdatedServices(inspect func(registry.Service) (daemon.Status, error), key string) ([]string, error) {
	var all []string
	var failed []error
	for _, svc := range registry.Services() {
		if svc.Stdio || !slices.Contains(readBy(svc.Name), key) {
			continue
		}
		st, err := inspect(svc)
		failed = append(failed, err)
		if text := w.Outdated(svc, st); err == nil && text != "" {
			all = append(all, svc.Name+": "+text)
		}
	}
	return all, errors.Join(failed...)
}
