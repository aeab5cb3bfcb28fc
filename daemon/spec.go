package daemon

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"amalfa/lifecycle"
	"amalfa/registry"
)

// ErrRunning reports that another process holds the record.
var ErrRunning = errors.New("already running")

// Spec says where one service keeps its files and how its process is started. Paths are absolute.
type Spec struct {
	Service   registry.Service
	Record    string   // the record that is locked
	Fallback  string   // the same record, locked too, where it is found when the folder of Record was deleted or replaced; "" = none
	Mirror    string   // copy in the workspace that starts a machine service, "" = none
	Log       string   // log file
	Exe       string   // program to start; refused if it is a test binary
	Args      []string // after Exe
	Env       []string // nil = the parent's
	Dir       string   // working directory of the child
	Version   string
	Workspace string
	NeedReady bool // where the process before it is ready, one that is less does not take its place
}

// Status is what is known about a service. Times and sizes are zero and texts empty where nothing is known.
type Status struct {
	Service  registry.Service
	State    lifecycle.State
	PID      int
	Port     int
	Address  string // "127.0.0.1:3010"
	Instance string
	// Token is the record's secret for requests of this user.
	Token   string
	Version string
	// Replaced: the file of its program is not the one that it began as.
	Replaced  bool
	Workspace string // the one that started it
	Model     string
	Error     string // why the state is degraded or failed, or what ended a stopped service
	Started   time.Time
	RSS       int64   // resident bytes
	Requests  int64   // work requests so far
	Latency   float64 // milliseconds that one of them took in the mean; 0 before the first has ended
	Sessions  int     // live processes of a service that its clients start
	// Trusted: the record is locked, its process owns the port under our user,
	// and `/health` names the record's instance. Only then may a note be sent.
	Trusted bool
	// Silent: its process owns the port, and gave `/health` no answer in time.
	Silent bool
	// Crash is the last time that a process of the service died, within a day; nil = none did.
	Crash *Death
	// AlreadyRunning is set by Start when it did not start this process.
	AlreadyRunning bool
}

// ExitError reports that a child ended before it was ready.
type ExitError struct {
	Service string
	Code    int      // exit code, -1 when a signal ended it
	Reason  string   // "exit status 4", "signal: killed"
	Log     []string // what it wrote in this start, 20 lines at most
}

func (e *ExitError) Error() string {
	msg := fmt.Sprintf("%s ended before it was ready: %s", e.Service, e.Reason)
	if len(e.Log) == 0 {
		return msg
	}
	return msg + "\n" + strings.Join(e.Log, "\n")
}
