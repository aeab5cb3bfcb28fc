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

// The first descriptors after the standard ones. A process that takes another's place has four, then the record's other copies
// and the listeners.
const (
	recordFD = 3
	statesFD = 4
	beforeFD = 5
	parentFD = 6
	restFD   = 7

	fdsValue = "3,4"
	// fdsOfSuccessor is followed by the numbers of records and of listeners.
	fdsOfSuccessor = "3,4,5,6 with %d %d"
	// fdsMost bounds these two numbers.
	fdsMost = 8
)

// terminate asks a process for a clean stop.
const terminate = syscall.SIGTERM

// handOver makes cmd start in a session of its own, so that no terminal ends
// it, holding the record's lock and the pipe for its states.
func handOver(cmd *exec.Cmd, record, states *os.File) error {
	bequeath(cmd, fdsValue, record, states)
	return nil
}

func bequeath(cmd *exec.Cmd, fds string, files ...*os.File) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.ExtraFiles = files
	cmd.Env = append(cmd.Env, fdsVar+"="+fds)
}

// An inheritance is what a parent has passed.
type inheritance struct {
	records []*os.File // locked
	states  *os.File
	before  *succession // of a process whose place this one shall take
}

// inherited returns what handOver passed, or nothing when this process was started by other means. It checks that the
// descriptors are the records of s and hold their locks.
func inherited(ctx context.Context, s Spec) (got inheritance, err error) {
	value, ok := os.LookupEnv(fdsVar)
	if !ok {
		return got, nil
	}
	if err := os.Unsetenv(fdsVar); err != nil {
		return got, err
	}
	records, listeners := 1, 0
	if value != fdsValue {
		n, _ := fmt.Sscanf(value, fdsOfSuccessor, &records, &listeners)
		if n != 2 || value != fmt.Sprintf(fdsOfSuccessor, records, listeners) || records != len(s.locked()) || listeners < 1 || listeners > fdsMost {
			return got, fmt.Errorf("%s=%q is not from us", fdsVar, value)
		}
	}
	got.states = adopted(statesFD, "states")
	for i, path := range s.locked()[:records] {
		fd := recordFD
		if i > 0 {
			fd = restFD + i - 1
		}
		record := adopted(fd, path)
		if locked, err := lock(ctx, record); err != nil || !locked || !isAt(record, path) {
			return got, fmt.Errorf("descriptor %d is not the locked record %s (%v)", fd, path, err)
		}
		got.records = append(got.records, record)
	}
	if listeners > 0 {
		got.before, err = newSuccession(got.records[0], restFD+records-1, listeners)
	}
	return got, err
}

func adopted(fd int, name string) *os.File {
	unix.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), name)
}
