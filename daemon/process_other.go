//go:build !linux

package daemon

import (
	"os"
	"slices"
	"strconv"

	"github.com/shirou/gopsutil/v4/process"
)

// startTime is the time of creation in milliseconds since 1970. A zombie gives os.ErrProcessDone.
func startTime(pid int) (string, error) {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return "", err
	}
	if status, err := p.Status(); err == nil && slices.Contains(status, process.Zombie) {
		return "", os.ErrProcessDone
	}
	ms, err := p.CreateTime()
	return strconv.FormatInt(ms, 10), err
}

// pidNamespace is empty: all processes are numbered together.
func pidNamespace() string { return "" }

// bootID is not needed here: the start time is absolute.
func bootID() string { return "" }
