package app

import (
	"context"
	"errors"
	"net"
	"slices"

	"amalfa/daemon"
	"amalfa/registry"
	"amalfa/services/supervisor"

	"go.uber.org/zap"
)

// serveSupervisor watches over the services of this workspace and of the machine, whoever started them. In the foreground, as the
// system's own supervisor runs it, it also starts them, and stops them when it ends.
func serveSupervisor(ctx context.Context, v *serving) error {
	var watched []daemon.Spec
	for _, svc := range v.background() {
		watched = append(watched, v.spec(svc))
	}
	if v.Foreground {
		go v.startAll(ctx)
	}
	err := supervisor.Serve(ctx, supervisor.Options{Services: watched, Again: v.again, Wait: WaitReady, Log: v.log, Life: v.life})
	if v.Foreground {
		done, failed := v.stopSupervised(context.WithoutCancel(ctx))
		v.log.Info("Services stopped", zap.Any("stopped", done), zap.Error(failed))
		err = errors.Join(err, failed)
	}
	return err
}

// background are the services that `servers start` starts, but for the one that watches over them.
func (w *Workspace) background() (out []registry.Service) {
	for _, svc := range registry.Services() {
		if !svc.Stdio && !svc.Supervises {
			out = append(out, svc)
		}
	}
	return out
}

// LeftOut says which setting keeps a service from being started with the others, "" for none.
func (w *Workspace) LeftOut(svc registry.Service) string {
	switch {
	case svc.Name == "watcher" && !w.Settings.Watch.Enabled:
		return "watch.enabled is false in your settings"
	case svc.Name == "sonar" && !w.Settings.Sonar.Enabled:
		return "sonar.enabled is false in your settings"
	case svc.Name == "vector" && w.Settings.Embeddings.URL != "":
		return "embeddings.url is asked in its place"
	case svc.Name == "reranker" && w.Settings.Reranker.URL != "":
		return "reranker.url is asked in its place"
	}
	return ""
}

// startAll starts what `servers start` does. What cannot be started is told in the log, and does not keep the others.
func (v *serving) startAll(ctx context.Context) {
	for _, svc := range v.background() {
		if svc.Pages || v.LeftOut(svc) != "" || ctx.Err() != nil { // who looks at a page starts it
			continue
		}
		st, err := v.Start(ctx, svc, StartOptions{Port: -1, Wait: WaitReady})
		if err != nil && ctx.Err() == nil {
			v.log.Warn("Service cannot be started", zap.String("service", svc.Name), zap.Error(err))
			continue
		}
		v.log.Info("Service runs", zap.String("service", svc.Name), zap.String("state", string(st.State)), zap.Int("pid", st.PID))
	}
}

// stopSupervised is StopAll from within the supervisor.
func (v *serving) stopSupervised(ctx context.Context) ([]Stopped, error) {
	s := stopping{}
	for _, svc := range v.background() {
		if svc.Scope == registry.Workspace {
			s.service(ctx, v.Workspace, svc)
		}
	}
	s.machine(ctx, v.Workspace)
	return s.done, errors.Join(s.failed...)
}

// again is how a service that died is started once more: with the words that its process had, on the port that its clients
// know, and with this process's variables. One that somebody ran in the foreground is that one's business.
func (v *serving) again(sp daemon.Spec, fallen *daemon.Fallen) (daemon.Spec, bool) {
	args := fallen.Args()
	if len(args) < 2 || args[0] != ServeWord || args[1] != sp.Service.Name {
		return sp, false
	}
	sp.Args, sp.Env = args, v.environment()
	if fallen.Record.Log != "" {
		sp.Log = fallen.Record.Log
	}
	_, port, err := net.SplitHostPort(fallen.Record.Address)
	if i := slices.Index(args, "--port"); err == nil && i >= 0 && i+1 < len(args) {
		args[i+1] = port
	}
	return sp, true
}
