package cli

import (
	"context"

	"amalfa/search"
	"amalfa/services/sonar"
	"amalfa/store"

	"go.uber.org/zap"
)

// serveSonar runs the LLM proxy over the workspace's notes. Without a provider
// it runs degraded; without an index it answers from the model alone.
func serveSonar(ctx context.Context, v *serving) error {
	cfg, err := v.sonarConfig()
	if err != nil {
		return err
	}
	emb := v.embedder(false)
	defer emb.Close()
	idx := &liveIndex{session: v.session}
	defer idx.Close()
	return sonar.Serve(ctx, v.server, sonar.Options{
		Config: cfg, Log: v.log,
		Search: func(ctx context.Context, q search.Query) (search.Answer, error) {
			st, err := idx.Open(ctx)
			if err != nil {
				return search.Answer{}, err
			}
			return search.New(st, emb, zap.NewNop()).Search(ctx, q)
		},
	}, v.listeners...)
}

func (s *session) sonarConfig() (sonar.Config, error) {
	in := s.settings.Sonar
	return sonar.FromEnv(s.env.Getenv, sonar.Settings{
		Provider: in.Provider, BaseURL: in.Host, Key: sonar.Secret(in.APIKey), Model: in.Model,
	})
}
