//go:build unix

package daemon

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// The first two descriptors after the standard ones.
const (
	recordFD = 3
	statesFD = 4
	fdsValue = "3,4"
)

// terminate asks a process for a clean stop.
const terminate = syscall.SIGTERM

// handOver makes cmd start in a session of its own, so that no terminal ends
// it, holding the record's lock and the pipe for its states.
func handOver(cmd *exec.Cmd, record, states *os.File) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.ExtraFiles = []*os.File{record, states}
	cmd.Env = append(cmd.Env, fdsVar+"="+fdsValue)
	return nil
}

// inherited returns what handOver passed, or nothing when this process was started by other means. It checks that the
// descriptor is the record at path and holds its lock.
func inherited(ctx context.Context, path string) (record, states *os.File, err error) {
	value, ok := os.LookupEnv(fdsVar)
	if !ok {
		return nil, nil, nil
	}
	if err := os.Unsetenv(fdsVar); err != nil {
		return nil, nil, err
	}
	if value != fdsValue {
		return nil, nil, fmt.Errorf("%s=%q is not from us", fdsVar, value)
	}
	unix.CloseOnExec(recordFD)
	unix.CloseOnExec(statesFD)
	record, states = os.NewFile(recordFD, path), os.NewFile(statesFD, "states")
	if locked, err := lock(ctx, record); err != nil || !locked || !isAt(record, path) {
		return nil, nil, fmt.Errorf("descriptor %d is not the locked record %s (%v)", recordFD, path, err)
	}
	return record, states, nil
}
