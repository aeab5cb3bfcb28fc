//go:build unix

package faults

import (
	"fmt"
	"os"
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
