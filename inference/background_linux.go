package inference

import "syscall"

const canLower = true

// niceness is that of bulk runs: nice's own default. On two busy cores a thread of 10 gets a tenth of what one of 0 does.
const niceness = 10

// lowerThread lowers the calling thread alone: Linux keeps a niceness for each. One that may not be lowered stays as it is.
func lowerThread() { _ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), niceness) }
