package app

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// trimProgram forgets which pages of the program's code this process has touched so far. To start touches nearly all of it, 64 kB at a
// time; what goes on to be used comes back from the file's cache, which all processes share. A process that waits for a client then
// counts for what it uses: measured for an idle `amalfa mcp`, see TestMCPIdleMemory.
func trimProgram() {
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var from, to uintptr
		var mode string
		// code alone: other parts that are read only may hold what the loader has written into them
		if n, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &mode); n == 3 && err == nil && mode == "r-xp" && strings.HasSuffix(lines.Text(), " "+exe) {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED) // where it fails nothing is forgotten
		}
	}
}
