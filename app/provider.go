package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"amalfa/config"
	"amalfa/llm"
	"amalfa/llm/meter"
	"amalfa/services/sonar"
	"amalfa/tasks/consent"
	"amalfa/tokenizer"
)

// sonarConfig says which language model is asked.
func (w *Workspace) sonarConfig() (llm.Config, error) {
	in := w.Settings.Sonar
	w.tellKeyInFile("sonar.apiKey", in.APIKey)
	return llm.FromEnv(w.Env.Getenv, llm.Settings{
		Provider: in.Provider, BaseURL: in.Host, Key: llm.Secret(in.APIKey), Keyring: w.keyring().get,
		Model: in.Model, Prefer: in.ModelPriority, Silence: in.Silence, Parallel: in.Limits.Parallel,
	})
}

// tellKeyInFile warns of a key that stands in a file, which every program of the user can read, and others where its mode lets them.
func (w *Workspace) tellKeyInFile(setting, secret string) {
	key, _ := w.Loaded.Get(setting)
	if secret == "" || key.Origin.File == "" {
		return
	}
	risk := "every program of yours can read it there"
	if info, err := os.Stat(key.Origin.File); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		risk = fmt.Sprintf("others can read it there, whose mode is %o (chmod 600 %s)", info.Mode().Perm(), w.Relative(key.Origin.File))
	}
	w.Notice("warning: %s stands in %s: %s; %s", setting, w.Relative(key.Origin.File), risk, keptBetter(setting))
}

// keptBetter says where a key is kept better than in a file.
func keptBetter(setting string) string {
	if setting == "sonar.apiKey" {
		return `"amalfa sonar key set" or the provider's own variable keeps it better`
	}
	key, _ := config.Lookup(setting)
	return "the variable " + key.Variables()[0] + " keeps it better"
}

// meter counts what models of the configured provider take, for all workspaces of the user.
func (w *Workspace) meter(c llm.Config) *meter.Meter {
	l := w.Settings.Sonar.Limits
	return meter.New(filepath.Join(w.Places.State, "spending.json"), meter.Limits{
		TokensPerHour: l.TokensPerHour, TokensPerDay: l.TokensPerDay, CostPerHour: l.CostPerHour, CostPerDay: l.CostPerDay,
	}, w.prices(c))
}

// prices are those that the configured provider lists; nil, and nobody is asked, where it is not one that does.
func (w *Workspace) prices(c llm.Config) *meter.Prices {
	p, err := llm.NewProvider(c)
	if err != nil || !p.HasPrices() {
		return nil
	}
	return meter.NewPrices(filepath.Join(w.Places.State, "prices.json"), p.Host(), func(ctx context.Context) (map[string]llm.Price, error) {
		defer p.Close()
		return p.Prices(ctx)
	})
}

// consent is what of the notes may leave this machine. A host is named by the user's own file alone: what the environment says may
// come of a folder that a shell has entered.
func (w *Workspace) consent() consent.Options {
	o := consent.Options{Root: w.Folder.Root, Private: w.Settings.Private, Now: w.privateNow(), Unattended: w.Settings.Sonar.Unattended, Hosts: w.Settings.Sonar.AllowHosts}
	for _, key := range []string{"sonar.host", "sonar.provider"} {
		if v, _ := w.Loaded.Get(key); v.Origin.File != "" && v.Origin.File == w.Places.Settings() {
			o.Hosts = append(slices.Clone(o.Hosts), w.hostOf(key))
		}
	}
	return o
}

// Archive is where the conversations of this workspace are kept: below the user's state folder, by the path of the workspace, so that
// no file of a folder that was fetched can be one. nil where none are kept.
func (w *Workspace) Archive() *sonar.Archive {
	if w.Settings.Sonar.SessionDays == 0 {
		return nil
	}
	sum := sha256.Sum256([]byte(w.Folder.Root))
	return sonar.NewArchive(filepath.Join(w.Places.State, "sessions", hex.EncodeToString(sum[:16])),
		time.Duration(w.Settings.Sonar.SessionDays)*24*time.Hour, int64(w.Settings.Sonar.SessionBytes))
}

// hostOf is the host that a setting alone leads to, "" for none.
func (w *Workspace) hostOf(key string) string {
	in := llm.Settings{BaseURL: w.Settings.Sonar.Host}
	if key == "sonar.provider" {
		in = llm.Settings{Provider: w.Settings.Sonar.Provider}
	}
	c, err := llm.FromEnv(func(string) string { return "" }, in)
	if err != nil || strings.TrimSpace(in.BaseURL+in.Provider) == "" {
		return ""
	}
	p, err := llm.NewProvider(c)
	if err != nil {
		return ""
	}
	defer p.Close()
	return p.Host()
}

// A LanguageModel is the configured one, to be asked from this process, and what may leave this machine for it.
type LanguageModel struct {
	*llm.Provider
	Policy *consent.Policy
	meter  *meter.Meter
}

// LanguageModel returns the configured language model. Close it.
func (w *Workspace) LanguageModel() (*LanguageModel, error) {
	c, err := w.sonarConfig()
	if err != nil {
		return nil, err
	}
	p, err := llm.NewProvider(c)
	if err != nil {
		return nil, err
	}
	o := w.consent()
	o.Destination = p.Destination
	return &LanguageModel{p, consent.New(o), w.meter(c)}, nil
}

// For returns what asks the model for a purpose, within consent and limits.
func (m *LanguageModel) For(purpose consent.Purpose) llm.Asker {
	return m.Policy.Guard(purpose, m.meter.Guard(m.Provider, tokenizer.Estimate))
}

// wouldAsk is the model that a question goes to. One that is chosen when asked is told for a provider that has prices, whose list is
// asked for anyway; "" otherwise.
func (m *LanguageModel) wouldAsk(ctx context.Context) string {
	if m.Config().Model != "" || !m.HasPrices() {
		return m.Config().Model
	}
	listed, err := m.Models(ctx)
	if err != nil {
		return ""
	}
	model, _ := m.ChooseModel(listed) // "" where none chats
	return model
}
