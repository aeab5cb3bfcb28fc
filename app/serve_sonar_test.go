package app

import (
	"testing"

	"amalfa/config"
)

// TestKeyOfOpenRouter looks where the key of the earlier system's variable goes: to its maker, and nowhere else.
func TestKeyOfOpenRouter(t *testing.T) {
	for host, want := range map[string]string{
		"https://openrouter.ai/api/v1": "sk-or", "http://openrouter.ai/api/v1": "", "https://openrouter.ai.example/v1": "", "https://example.org/openrouter.ai": "",
		"https://example.org": "", "": "",
	} {
		w := &Workspace{Host: Host{Env: config.Env{Getenv: func(name string) string { return map[string]string{"OPENROUTER_API_KEY": "sk-or"}[name] }}}}
		w.Settings.Sonar.Host = host
		c, err := w.sonarConfig()
		if err != nil || string(c.Key) != want {
			t.Errorf("%q: key %q, %v; want %q", host, string(c.Key), err, want)
		}
		w.Settings.Sonar.APIKey = "mine"
		w.Settings.Sonar.Host = "https://openrouter.ai/api/v1"
		if c, err := w.sonarConfig(); err != nil || string(c.Key) != "mine" {
			t.Errorf("the settings' key: %v", err)
		}
	}
}
