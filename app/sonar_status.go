package app

import (
	"context"
	"errors"

	"amalfa/llm"
	"amalfa/llm/meter"
	"amalfa/registry"
	"amalfa/services/sonar"
	"amalfa/tasks/consent"
)

// A SonarStatus is how Sonar stands: whom it asks, what may leave this machine, and what was spent. Nobody outside of it is asked.
type SonarStatus struct {
	Provider, Host, Model string
	Remote                bool   // what is asked leaves this machine
	Unattended            string // why nothing is asked unattended, "" where it may be
	Spending              meter.Spending
	Price                 *llm.Price // as it is known; nil where the provider says none
	Breaker               string     // "" where the service does not run
	Sessions              int
	Tasks                 TaskOverview
}

// SonarStatus asks the service where it runs, and the settings where it does not.
func (w *Workspace) SonarStatus(ctx context.Context, svc registry.Service) (s SonarStatus, err error) {
	m, err := w.LanguageModel()
	if err != nil {
		return s, err
	}
	defer m.Close()
	s.Provider, s.Model = m.Name(), m.Config().Model
	s.Host, s.Remote = m.Destination(s.Model)
	if st, err := w.Inspect(ctx, svc); err == nil && st.Trusted {
		client := sonar.NewClient("http://"+st.Address, st.Token)
		defer client.Close()
		if known, err := client.Known(ctx); err == nil {
			s.Provider, s.Host, s.Model, s.Remote, s.Breaker = known.Provider, known.Host, known.Model, known.Remote, known.Breaker
		}
	}
	refused := m.Policy.Permit(consent.Unattended, s.Model)
	if refused != nil {
		s.Unattended = refused.Error()
	}
	if s.Tasks, err = w.taskOverview(refused); err != nil {
		return s, err
	}
	if a := w.Archive(); a != nil {
		kept, err := a.List()
		if err != nil {
			return s, err
		}
		s.Sessions = len(kept)
	}
	if price, known := m.meter.Price(s.Model); known {
		s.Price = &price
	}
	s.Spending, err = m.meter.Spending(ctx)
	return s, err
}

// Taken is what models took in some time.
type Taken = meter.Taken

// A ReachableModel is one that could be asked.
type ReachableModel struct {
	Provider, Host, Name string
	Remote, Used         bool
	Why                  string // it is the one that is used
}

// A SilentProvider is one that is configured and lists no models.
type SilentProvider struct{ Provider, Host, Reason string }

// LanguageModels lists the models of the configured provider and of servers on this machine, and says which one is used.
func (w *Workspace) LanguageModels(ctx context.Context) (all []ReachableModel, silent []SilentProvider, err error) {
	configured, err := w.sonarConfig()
	if err != nil {
		return nil, nil, err
	}
	for _, found := range llm.Reachable(ctx, configured) {
		p, err := llm.NewProvider(found.Config)
		if err != nil {
			return nil, nil, err
		}
		defer p.Close()
		if found.Err != nil {
			silent = append(silent, SilentProvider{p.Name(), p.Host(), reason(found.Err)})
			continue
		}
		model, _ := p.ChooseModel(found.Models)
		mine := configured.Guessed && len(all) == 0 || !configured.Guessed && found.Config.BaseURL == configured.BaseURL
		for _, name := range found.Models {
			_, remote := p.Destination(name)
			row := ReachableModel{Provider: p.Name(), Host: p.Host(), Name: name, Remote: remote, Used: mine && sameModel(name, model)}
			if row.Used {
				row.Why = whyUsed(configured, name)
			}
			all = append(all, row)
		}
	}
	if configured.Guessed && len(all) > 0 {
		silent = nil // nothing was configured that could be missed
	}
	return all, silent, nil
}

func sameModel(listed, chosen string) bool {
	return listed == chosen || listed == chosen+":latest"
}

func whyUsed(c llm.Config, name string) string {
	switch {
	case c.Model != "":
		return "sonar.model names it"
	case containsModel(c.Prefer, name):
		return "the first of sonar.modelPriority that is there"
	}
	return "sonar.model names none, and it is the first that chats"
}

func containsModel(list []string, name string) bool {
	for _, m := range list {
		if sameModel(name, m) || name == "models/"+m {
			return true
		}
	}
	return false
}

func reason(err error) string {
	if f, ok := errors.AsType[*llm.Fault](err); ok {
		return f.Message
	}
	return err.Error()
}
