package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"amalfa/daemon"
	"amalfa/lifecycle"
	"amalfa/registry"
	"amalfa/services"
	"amalfa/services/dashboard"

	"go.uber.org/zap"
)

// ServeWord is the hidden command that a daemon is started with.
const ServeWord = "__serve"

// ServeOptions say how a service runs in this process.
type ServeOptions struct {
	Port        int  // -1 for what variable, settings or registry say
	DefaultPort bool // nobody has asked for Port: another one may do
	OnDemand    bool // ends when idle: a command started it
	Foreground  bool // logs to standard error, and says where it listens
	// SkipDrain ends when the service shall not finish what it has begun.
	SkipDrain context.Context
}

// A serving is one service while it runs in this process.
type serving struct {
	*Workspace
	ServeOptions
	svc       registry.Service
	child     *daemon.Child
	listeners []net.Listener
	life      *lifecycle.Machine
	folder    os.FileInfo             // of the workspace when this process began
	end       context.CancelCauseFunc // ends the service
	instance  string                  // names this process in its record
	access    *dashboard.Access       // of a service that has pages
	server    *services.Server
	follower  *follower
	log       *zap.Logger
}

// A runner runs a service until ctx ends; a clean stop is nil. It says by its state whether it can work.
type runner func(ctx context.Context, v *serving) error

// runners wires each background service of the registry: the one line that a new service adds here.
func runners() map[string]runner {
	return map[string]runner{
		"vector":     serveVector,
		"reranker":   serveReranker,
		"sonar":      serveSonar,
		"dashboard":  serveDashboard,
		"watcher":    serveWatcher,
		"supervisor": serveSupervisor,
	}
}

// Serves reports whether this program can be that service.
func Serves(svc registry.Service) bool { return runners()[svc.Name] != nil }

// Serve runs a service in this process: for `NAME serve` in the foreground, and
// for `__serve NAME` with the lock and pipe that start handed over.
func (w *Workspace) Serve(ctx context.Context, svc registry.Service, o ServeOptions) (err error) {
	if err := w.needModelOf(svc, o.OnDemand || !o.Foreground); err != nil {
		return err
	}
	if err := w.prepare(svc); err != nil {
		return err
	}
	child, err := daemon.Adopt(ctx, w.spec(svc))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, child.Close()) }()
	folder, err := os.Stat(w.Folder.Root)
	if err != nil {
		return err
	}
	v := &serving{Workspace: w, ServeOptions: o, svc: svc, child: child, folder: folder}
	log, closeLog, err := v.openLog()
	if err != nil {
		return err
	}
	defer closeLog()
	v.log, v.life, v.follower = log, lifecycle.New(log), w.follow(log)
	if err := v.rememberSettings(w.Loaded); err != nil {
		log.Warn("Settings cannot be written down", zap.Error(err))
	}
	v.follower.read = v.tookOver
	v.life.Observe(func(st lifecycle.State, reason string) {
		if err := child.Report(st, reason); err != nil {
			log.Warn("State cannot be recorded", zap.Error(err))
		}
	})
	if err = v.run(ctx); err != nil {
		v.life.Set(lifecycle.Failed, err.Error())
	}
	return err
}

// run listens, publishes the address, and hands over to the service.
func (v *serving) run(ctx context.Context) error {
	instance, token, err := v.listen(ctx)
	if err != nil {
		return err
	}
	v.instance, v.access = instance, dashboard.NewAccess(token)
	leave := make(chan struct{})
	v.server = services.New(services.Info{
		Service: v.svc.Name, Instance: instance, Version: Version(), Workspace: v.Folder.Root,
	}, services.Options{Log: v.log, Life: v.life, Origins: v.Settings.Origins, Hosts: v.Settings.Hosts, Token: token, SameUser: v.svc.SameUser, Pages: v.svc.Pages, Admit: v.admit(), Before: v.follower.look,
		Open: v.child.Serving(), Leave: leave})
	v.server.Gauges(v.indexGauges)
	context.AfterFunc(v.SkipDrain, v.server.Abort)
	if len(v.listeners) > 0 {
		v.child.WillHandOver()
	}
	if err := v.child.Publish(v.address(), instance, token); err != nil {
		return err
	}
	v.log.Info("Starting", zap.String("service", v.svc.Name), zap.String("version", Version()), zap.String("address", v.address()), zap.Int("pid", os.Getpid()))
	if v.Foreground {
		v.Notice("%s serves on %s (Ctrl-C stops it)", v.svc.Name, cmp.Or(v.address(), "-"))
	}
	ctx, v.end = context.WithCancelCause(ctx)
	var guard sync.WaitGroup
	defer guard.Wait()
	defer v.end(nil)
	guard.Go(func() { v.endWithFolder(ctx) })
	guard.Go(func() { v.follower.keepLooking(ctx.Done()) })
	guard.Go(func() {
		if v.child.HandOver(ctx, v.listeners) {
			v.log.Info("Handed over to another process, answering what is open")
			close(leave)
			v.child.AwaitStop(ctx)
			v.end(nil)
		}
	})
	err = runners()[v.svc.Name](ctx, v)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) { // told to stop while it began, which is no failure
		v.life.Set(lifecycle.Stopped, lifecycle.EndReason(ctx))
		err = nil
	}
	if cause := context.Cause(ctx); err == nil && errors.Is(cause, errFolderGone) {
		err = cause
	}
	v.log.Info("Stopped", zap.String("service", v.svc.Name), zap.Error(err))
	return err
}

// listen opens the port, and names this process to its clients. One that takes the place of another has all that from that one.
func (v *serving) listen(ctx context.Context) (instance, token string, err error) {
	if v.listeners, instance, token = v.child.Inherited(); v.listeners != nil {
		go v.endIfCalledOff(v.child.CalledOff())
		return instance, token, nil
	}
	instance, token = rand.Text(), rand.Text()
	if v.svc.Port == 0 {
		return instance, token, nil
	}
	choice, err := v.port(v.svc, v.ServeOptions.Port)
	if err != nil {
		return "", "", err
	}
	v.listeners, err = daemon.Listen(ctx, daemon.ListenOptions{
		Port: choice.port, Shift: v.svc.Scope == registry.Workspace && (v.DefaultPort || !choice.explicit),
	})
	return instance, token, err
}

// endIfCalledOff ends a process that shall not take the place of the one before it. That is left with nothing undone, and may be
// waiting for a model that takes long to load: it ends at once.
func (v *serving) endIfCalledOff(calledOff <-chan struct{}) {
	select {
	case <-v.child.Serving():
		return
	case <-calledOff:
	}
	v.log.Warn("Ending: the process before this one stays, or was stopped")
	os.Exit(1)
}

// errFolderGone reports that the folder of a workspace is not where it was.
var errFolderGone = errors.New("the workspace was moved, deleted or replaced")

// folderDelay is how long that may go unnoticed.
const folderDelay = 2 * time.Second

// endWithFolder ends a service of a workspace that is gone.
func (v *serving) endWithFolder(ctx context.Context) {
	tick := time.NewTicker(folderDelay)
	defer tick.Stop()
	for v.svc.Scope == registry.Workspace && v.checkFolder() == nil {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// checkFolder ends the service if its workspace is gone, and says so: nobody
// would find what it does, and it must not make the folder again.
func (v *serving) checkFolder() error {
	if !replaced(v.Folder.Root, v.folder) {
		return nil
	}
	err := fmt.Errorf("%w: %s", errFolderGone, v.Folder.Root)
	v.end(err)
	return err
}

func (v *serving) address() string {
	if len(v.listeners) == 0 {
		return ""
	}
	return v.listeners[0].Addr().String()
}
