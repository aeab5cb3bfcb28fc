package daemon

import "syscall"

// terminate ends a process at once: Windows has no signal that a process
// without a console could receive, so there is no drain here.
const terminate = syscall.SIGKILL
