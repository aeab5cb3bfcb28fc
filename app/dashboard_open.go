package app

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"time"

	"amalfa/daemon"
	"amalfa/registry"
	"amalfa/services/dashboard"
)

// OpenPage starts a service that has pages, if it does not run, and returns an address that lets one browser in, once.
func (w *Workspace) OpenPage(ctx context.Context, svc registry.Service) (address string, st daemon.Status, err error) {
	if st, err = w.Start(ctx, svc, StartOptions{Port: -1, Wait: WaitReady}); err != nil {
		return "", st, err
	}
	if st, err = w.Inspect(ctx, svc); err != nil { // what Start says of one that ran already has no token
		return "", st, err
	}
	if !st.Trusted {
		return "", st, WithHint(errors.New("the "+svc.Name+" does not answer yet"), "amalfa "+svc.Name+" status says more")
	}
	return "http://" + st.Address + "/?code=" + dashboard.NewAccess(st.Token).Code(time.Now()), st, nil
}

// browserDelay is how long the program that opens a browser may take to say that it cannot.
const browserDelay = 2 * time.Second

// Browse hands an address to the user's browser, and reports whether there is one to hand it to.
func (w *Workspace) Browse(ctx context.Context, address string) bool {
	var command []string
	switch runtime.GOOS {
	case "darwin":
		command = []string{"open", address}
	case "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler", address}
	default:
		if w.Env.Getenv("DISPLAY") == "" && w.Env.Getenv("WAYLAND_DISPLAY") == "" {
			return false
		}
		command = []string{"xdg-open", address}
	}
	// #nosec G204 -- our own words and address
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = os.Environ()
	if cmd.Start() != nil {
		return false
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err == nil
	case <-time.After(browserDelay): // it is the browser itself, which stays
		return true
	case <-ctx.Done():
		return false
	}
}
