package daemon

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
)

// startTime is field 22 of /proc/PID/stat: clock ticks between boot and start. A zombie gives os.ErrProcessDone.
func startTime(pid int) (string, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// Field 2 is the program's name in brackets, which may hold anything.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 {
		return "", fmt.Errorf("/proc/%d/stat has an unknown form", pid)
	}
	if state := fields[0]; state == "Z" || state == "X" {
		return "", os.ErrProcessDone
	}
	return fields[19], nil
}

// pidNamespace is the number of this process's namespace of processes; "" of the first, which all share who are in no container, and where
// it is hidden.
var pidNamespace = sync.OnceValue(func() string {
	const first = "4026531836" // PROC_PID_INIT_INO of include/linux/proc_ns.h
	name, err := os.Readlink("/proc/self/ns/pid")
	number := strings.TrimSuffix(strings.TrimPrefix(name, "pid:["), "]")
	if err != nil || number == first {
		return ""
	}
	return number
})

// bootID tells this run of the kernel from others; "" where it is hidden.
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}
