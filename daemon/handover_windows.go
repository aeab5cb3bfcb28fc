package daemon

import (
	"context"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// terminate ends a process at once: Windows has no signal that a process
// without a console could receive, so there is no drain here.
const terminate = syscall.SIGKILL

// handOver starts cmd away from our console. Descriptors cannot be handed over here, so the child locks the record by
// itself; two starts at once are then settled by the children.
func handOver(cmd *exec.Cmd, record, _ *os.File) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.DETACHED_PROCESS}
	return unlockFile(record)
}

// An inheritance is what a parent has passed: nothing here.
type inheritance struct {
	records []*os.File
	states  *os.File
	before  *succession
}

func inherited(context.Context, Spec) (got inheritance, err error) { return got, nil }
