package daemon

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// started is a child that its parent waits for.
type started struct {
	cmd      *exec.Cmd
	states   *os.File      // our end of the pipe
	told     chan struct{} // closed when the child told its outcome, or closed its end
	exited   chan struct{} // closed when the child was reaped
	logStart int64         // where its output begins in the log
}

// spawn starts the process; give passes on to it what it inherits.
func spawn(s Spec, give func(cmd *exec.Cmd, states *os.File) error) (*started, error) {
	log, size, err := openLog(s.Log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	ours, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := exec.Command(s.Exe, s.Args...) // #nosec G204 -- our own executable
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.Dir, log, log
	cmd.Env = s.environment()
	if err = give(cmd, theirs); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	c := &started{cmd: cmd, states: ours, told: make(chan struct{}), exited: make(chan struct{}), logStart: size}
	go c.listen()
	go c.reap()
	return c, nil
}

// environment is what the child gets, without the hand-over of another child.
func (s Spec) environment() []string {
	env := slices.Clone(s.Env)
	if env == nil {
		env = os.Environ()
	}
	return slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, fdsVar+"=") })
}

// listen reads the child's states until its outcome, which its record holds too.
func (c *started) listen() {
	defer close(c.told)
	lines, r := json.NewDecoder(c.states), report{}
	for !r.State.IsOutcome() && lines.Decode(&r) == nil {
	}
}

// reap collects the child whenever it ends, which may be long after Start
// returned in a parent that goes on, such as the watcher.
func (c *started) reap() {
	defer close(c.exited)
	_ = c.cmd.Wait() // the state says how it ended
}

// forget lets go of the pipe; reaping goes on.
func (c *started) forget() {
	_ = c.states.Close()
	<-c.told
}

func (c *started) hasExited() bool {
	select {
	case <-c.exited:
		return true
	default:
		return false
	}
}

func (c *started) exitError(s Spec) *ExitError {
	state := c.cmd.ProcessState
	said := logTail(s.Log, c.logStart)
	if err := writable(s.Log); len(said) == 0 && err != nil {
		said = []string{"its log cannot be written: " + err.Error()} // so it could not say why: the disk may be full
	}
	return &ExitError{Service: s.Service.Name, Code: state.ExitCode(), Reason: state.String(), Log: said}
}

// writable tries whether the log takes one more line, and leaves an empty one.
func writable(path string) error {
	f, _, err := openLog(path)
	if err != nil {
		return err
	}
	_, err = f.WriteString("\n")
	return errors.Join(err, f.Close())
}
