package app

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"amalfa/config"
	"amalfa/services/sonar"
	"amalfa/tasks/consent"
	"amalfa/tasks/queue"
	"amalfa/tasks/schedule"
)

// A TaskSchedule is a task that is added again and again.
type TaskSchedule struct {
	Name    string     `json:"name"` // as the settings have it
	Type    string     `json:"type"`
	Next    *time.Time `json:"next"`    // nil while Refused says why
	Refused *string    `json:"refused"` // nil where it is added
}

// contentTypes are what sonar.tasks.content.enabled has added.
func contentTypes() []string { return []string{queue.Synthesis, queue.Timeline, queue.Garden} }

// scheduledTasks are what the user's own settings have added again and again. Those that are no task are told in bad, by name.
func scheduledTasks(t config.Tasks) (good []queue.Schedule, bad map[string]error) {
	entries := t.Schedules
	add := func(what string) { entries = append(entries, schedule.Entry{Rule: t.ContentSchedule, What: what}) }
	if t.Content {
		for _, what := range contentTypes() {
			add(what)
		}
	}
	if t.AutoEnhance && t.Metadata {
		add(queue.EnhanceBatch)
	}
	bad = map[string]error{}
	seen := map[string]bool{}
	for _, e := range entries {
		if seen[e.String()] {
			continue
		}
		seen[e.String()] = true
		task := taskOf(e.What)
		if err := task.Check(); err != nil {
			bad[e.String()] = err
			continue
		}
		good = append(good, queue.Schedule{Name: e.String(), Task: task, Next: e.Next})
	}
	return good, bad
}

// taskOf reads a type, and what it asks.
func taskOf(what string) queue.Task {
	typ, rest, _ := strings.Cut(what, " ")
	t := queue.Task{Type: strings.ReplaceAll(strings.ToLower(typ), "-", "_")}
	switch t.Type {
	case queue.Research:
		t.Query = rest
	case queue.Chat:
		t.Message = rest
	default:
		if rest != "" {
			t.Type = what // Check says that there is no such type
		}
	}
	return t
}

// permitted refuses what would ask another machine without consent. A model that is not there now is no refusal.
func permitted(ctx context.Context, t *sonar.Thinker) func(queue.Task) error {
	return func(task queue.Task) error {
		_, _, err := t.Asker(ctx, consent.Unattended, task.Model)
		if refused, ok := errors.AsType[*consent.RefusedError](err); ok {
			return refused
		}
		return nil
	}
}

// taskSchedules says when each schedule is due next, and which are refused.
func (w *Workspace) taskSchedules(refused error) ([]TaskSchedule, error) {
	good, bad := scheduledTasks(w.Settings.Sonar.Tasks)
	out := []TaskSchedule{}
	if len(good)+len(bad) == 0 {
		return out, nil
	}
	q, err := w.openTasks()
	if err == nil {
		defer q.Close()
	} else if !errors.Is(err, queue.ErrNone) && !errors.Is(err, queue.ErrForeign) {
		return nil, err
	}
	for _, s := range good {
		row := TaskSchedule{Name: s.Name, Type: s.Task.Type}
		switch {
		case refused != nil:
			row.Refused = said(refused)
		case q == nil:
			row.Next = day(s.Next(time.Now()))
		default:
			next, err := q.NextDue(s)
			if err != nil {
				return nil, err
			}
			row.Next = day(next)
		}
		out = append(out, row)
	}
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		out = append(out, TaskSchedule{Name: name, Refused: said(bad[name])})
	}
	return out, nil
}

func said(err error) *string { s := err.Error(); return &s }

func day(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// A TaskOverview is how many tasks there are, by state, and what is added by itself.
type TaskOverview struct {
	Pending, Processing, Completed, Failed int
	Unseen                                 int // ended, and nobody has read the report
	Foreign                                string
	Schedules                              []TaskSchedule
}

// taskOverview counts; tasks that came with the folder are none, which Foreign says.
func (w *Workspace) taskOverview(refused error) (o TaskOverview, err error) {
	if o.Schedules, err = w.taskSchedules(refused); err != nil {
		return o, err
	}
	q, err := w.openTasks()
	switch {
	case errors.Is(err, queue.ErrNone):
		return o, nil
	case errors.Is(err, queue.ErrForeign):
		o.Foreign = err.Error()
		return o, nil
	case err != nil:
		return o, err
	}
	defer q.Close()
	all, err := q.List()
	for _, i := range all {
		*map[string]*int{queue.Pending: &o.Pending, queue.Processing: &o.Processing, queue.Completed: &o.Completed, queue.Failed: &o.Failed}[i.State]++
		if i.Report != "" && !i.Seen {
			o.Unseen++
		}
	}
	return o, err
}

// TaskSchedules are what is added by itself in this workspace, as things stand.
func (w *Workspace) TaskSchedules() ([]TaskSchedule, error) {
	if good, bad := scheduledTasks(w.Settings.Sonar.Tasks); len(good)+len(bad) == 0 {
		return []TaskSchedule{}, nil
	}
	m, err := w.LanguageModel()
	if err != nil {
		return nil, err
	}
	defer m.Close()
	return w.taskSchedules(m.Policy.Permit(consent.Unattended, m.Config().Model))
}
