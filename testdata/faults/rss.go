//go:build unix

package faults

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// watchPeak looks at the peak of a process's memory until the returned function is called, which gives the last that was seen. What
// wait4(2) tells instead counts the memory of the process that started it too.
func watchPeak(pid int) func() int64 {
	done := make(chan struct{})
	var wg sync.WaitGroup
	var last int64
	wg.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			last = max(last, memory(pid, "VmHWM:"))
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	})
	return func() int64 {
		close(done)
		wg.Wait()
		return last
	}
}

// memory is a line of /proc/PID/status (proc(5)) in bytes, 0 without one.
func memory(pid int, field string) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, field); ok {
			var kb int64
			_, _ = fmt.Sscan(rest, &kb)
			return kb << 10
		}
	}
	return 0
}

// watchesOf is how many inotify watches a process holds (proc(5), fdinfo).
func watchesOf(pid int) (n int) {
	infos, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fdinfo/*", pid))
	for _, path := range infos {
		data, err := os.ReadFile(path)
		if err == nil {
			n += strings.Count(string(data), "inotify wd:")
		}
	}
	return n
}

// processor is how long a process has been on a processor (proc(5), stat: utime and stime, in hundredths of a second on Linux).
func processor(pid int) time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	var user, system int64
	if len(fields) > 12 {
		_, _ = fmt.Sscan(fields[11], &user)
		_, _ = fmt.Sscan(fields[12], &system)
	}
	return time.Duration(user+system) * (time.Second / 100)
}
