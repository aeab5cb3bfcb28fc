package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

// A job is a task in its worker's hands.
type job struct {
	id   string
	task Task
}

func (j job) file(suffix string) string { return path.Join(processing, j.id+suffix) }

const (
	// settle is how long a file that is no task may still be one that somebody is writing.
	settle      = time.Second
	maxAttempts = 3 // processes that may die over one task
	maxOutcome  = 128 << 20
)

// errRepeatedDeath reports a task whose worker died with it each time.
var errRepeatedDeath = fmt.Errorf("the process that worked on it ended %d times in the middle; \"amalfa sonar task retry\" tries it again", maxAttempts)

// next takes up a task: what a dead process left first, then what waits longest. again is when a file is to be looked at once more that
// somebody may still be writing; 0 for never.
func (q *Queue) next() (j job, ok bool, again time.Duration, err error) {
	left, err := q.in(processing)
	if err != nil {
		return j, false, 0, err
	}
	if len(left) > 0 {
		return job{id: left[0].ID}, true, 0, nil
	}
	waiting, err := q.in(pending)
	if err != nil {
		return j, false, 0, err
	}
	for _, i := range waiting {
		name := path.Join(pending, i.ID+taskSuffix)
		if age := q.now().Sub(i.Since); age >= 0 && age < settle && !q.whole(name) {
			again = settle - age
			continue
		}
		j.id = q.free(i.ID)
		if err := q.move(name, j.file(taskSuffix)); err != nil {
			continue // somebody cancelled it
		}
		return j, true, 0, nil
	}
	return j, false, again, nil
}

func (q *Queue) whole(name string) bool {
	data, err := q.read(name, maxFile)
	return err == nil && json.Valid(data)
}

// begin reads the task, and counts the attempt where there is work to do yet: an outcome takes effect whatever happens, as it may have
// begun to. The error is why the task fails.
func (q *Queue) begin(j *job, worked bool) error {
	data, err := q.read(j.file(taskSuffix), maxFile)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTask, err)
	}
	if j.task, err = Parse(data); err != nil {
		return err
	}
	if worked {
		return nil
	}
	if q.has(j.file(".cancel")) {
		return errCancelled
	}
	before, _ := q.read(j.file(".attempts"), 16) // none, or not readable: the first
	n, _ := strconv.Atoi(strings.TrimSpace(string(before)))
	if n >= maxAttempts {
		return errRepeatedDeath
	}
	return q.write(j.file(".attempts"), []byte(strconv.Itoa(n+1)+"\n"))
}

// outcome is what an earlier process worked out, if it came so far.
func (q *Queue) outcome(j job) (o Outcome, ok bool) {
	data, err := q.read(j.file(".outcome"), maxOutcome)
	return o, err == nil && json.Unmarshal(data, &o) == nil
}

func (q *Queue) keep(j job, o Outcome) error {
	data, err := json.Marshal(o)
	if err == nil && len(data) > maxOutcome {
		err = errors.New("its outcome is larger than 128 MiB")
	}
	if err != nil {
		return err
	}
	return q.write(j.file(".outcome"), data)
}

// reported tells whether a report says already how the task ended.
func (q *Queue) reported(j job) bool {
	return q.has(path.Join(completed, j.id+reportSuffix)) || q.has(path.Join(completed, j.id+failedSuffix))
}

// end writes the report, unless there is one, and puts the task to what is done.
func (q *Queue) end(j job, suffix string, report []byte) error {
	if !q.reported(j) {
		if err := q.write(path.Join(completed, j.id+suffix), report); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return q.settle(j)
}

// settle moves the task's file behind its report. What helped the work goes last: without the file it means nothing.
func (q *Queue) settle(j job) error {
	if err := q.move(j.file(taskSuffix), path.Join(completed, j.id+taskSuffix)); err != nil {
		return fmt.Errorf("complete task: %w", err)
	}
	return q.remove(j.file(".attempts"), j.file(".outcome"), j.file(".cancel"))
}

// giveBack lets a task wait again that a worker was told to leave.
func (q *Queue) giveBack(j job) error {
	id := j.id
	for n := 2; q.has(path.Join(pending, id+taskSuffix)); n++ {
		id = fmt.Sprintf("%s-%d", j.id, n)
	}
	if err := q.move(j.file(taskSuffix), path.Join(pending, id+taskSuffix)); err != nil {
		return fmt.Errorf("give task back: %w", err)
	}
	return q.remove(j.file(".attempts"), j.file(".outcome"), j.file(".cancel"))
}

// sweep removes what dead processes left that belongs to no task. Only the worker does so, before it works.
func (q *Queue) sweep() error {
	var all error
	for _, dir := range []string{pending, processing, completed} {
		d, err := q.root.Open(dir)
		if err != nil {
			return err
		}
		names, err := d.Readdirnames(-1)
		all = errors.Join(all, err, d.Close())
		for _, name := range names {
			if q.stray(dir, name) || strings.HasPrefix(name, tempPrefix) && dir != pending {
				all = errors.Join(all, q.remove(path.Join(dir, name)))
			}
		}
	}
	return all
}

// stray tells whether a file helps no task.
func (q *Queue) stray(dir, name string) bool {
	suffixes := map[string][]string{processing: {".attempts", ".outcome", ".cancel"}, completed: {seenSuffix}}[dir]
	for _, suffix := range suffixes {
		if id, ok := strings.CutSuffix(name, suffix); ok {
			return !q.has(path.Join(dir, id+taskSuffix))
		}
	}
	return false
}
