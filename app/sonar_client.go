package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"

	"amalfa/registry"
	"amalfa/services"
	"amalfa/services/sonar"
	"amalfa/tokenizer"
)

// Sonar returns a client of the workspace's sonar, which is started if need be. Where the workspace has no folder of ours, none
// is made: sonar then runs inside this process, without notes, until end is called.
func (w *Workspace) Sonar(ctx context.Context, svc registry.Service) (c *sonar.Client, end func(), err error) {
	if !w.ownFolder() {
		return w.sonarInside(ctx)
	}
	st, err := w.Start(ctx, svc, StartOptions{Port: -1, OnDemand: true, Wait: WaitReady})
	if err != nil {
		return nil, nil, err
	}
	if !st.Trusted {
		return nil, nil, fmt.Errorf("what listens on %s is not amalfa's sonar", st.Address)
	}
	c = sonar.NewClient("http://"+st.Address, st.Token)
	return c, c.Close, nil
}

func (w *Workspace) sonarInside(ctx context.Context) (*sonar.Client, func(), error) {
	cfg, err := w.sonarConfig()
	if err != nil {
		return nil, nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	token := rand.Text()
	srv := services.New(services.Info{Service: "sonar", Version: Version()}, services.Options{Token: token, SameUser: true})
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() {
		ended <- sonar.Serve(ctx, srv, sonar.Options{Config: cfg, Count: tokenizer.Estimate, Consent: w.consent(), Meter: w.meter(cfg)}, l)
	}()
	c := sonar.NewClient("http://"+l.Addr().String(), token)
	return c, func() {
		c.Close()
		cancel()
		srv.Abort() // the one who asks has gone
		<-ended
	}, nil
}
