package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"amalfa/config"
	"amalfa/edit"
	"amalfa/ingest"
	"amalfa/llm"
	"amalfa/notes/files"
	"amalfa/services/sonar"
	"amalfa/tasks/consent"
	"amalfa/tasks/queue"
	"amalfa/tasks/work"
	"amalfa/tokenizer"

	"go.uber.org/zap"
)

// workOnTasks is the worker of this workspace's tasks, for as long as sonar runs here.
func (v *serving) workOnTasks() func(context.Context, *sonar.Thinker) {
	return func(ctx context.Context, t *sonar.Thinker) {
		var said string
		for ctx.Err() == nil {
			err := v.workUntilEnd(ctx, t)
			if err == nil || ctx.Err() != nil {
				return
			}
			if text := err.Error(); text != said {
				said = text
				v.log.Info("No tasks are worked on", zap.Error(err))
			}
			queue.Await(ctx, v.Folder.Dir())
		}
	}
}

func (v *serving) workUntilEnd(ctx context.Context, t *sonar.Thinker) error {
	q, err := v.ownTasks(ctx)
	if err != nil {
		return err
	}
	defer q.Close()
	set := v.Settings.Sonar.Tasks
	good, bad := scheduledTasks(set)
	for name, why := range bad {
		v.log.Warn("A schedule is no task", zap.String("schedule", name), zap.Error(why))
	}
	w := queue.Worker{
		Queue: q, Log: v.log, Apply: v.applyTask, Ended: v.taskEnded, Schedules: good, Permit: permitted(ctx, t), Limit: taskLimit(set),
		Ends: queue.Keep{Age: time.Duration(set.KeepDays) * 24 * time.Hour, Count: set.KeepCount},
		Do: func(ctx context.Context, task queue.Task) (queue.Outcome, error) {
			tools, done, err := v.taskTools(ctx, t, task)
			if err != nil {
				return queue.Outcome{}, err
			}
			defer done()
			return work.Do(ctx, tools, task)
		},
	}
	return w.Run(ctx)
}

// taskLimit is how long a task may take.
func taskLimit(set config.Tasks) func(queue.Task) time.Duration {
	return func(t queue.Task) time.Duration {
		if t.Type != queue.EnhanceBatch {
			return set.ContentTimeout
		}
		return time.Minute + set.MetadataTimeout*time.Duration(cmp.Or(t.Limit, set.BatchSize)) // each note has its own, and the rest takes time, too
	}
}

// ownTasks opens the tasks that this user added, and makes the folder where this user has made the index. What a stranger left there
// is not touched.
func (v *serving) ownTasks(ctx context.Context) (*queue.Queue, error) {
	q, err := v.openTasks()
	if !errors.Is(err, queue.ErrNone) {
		return q, err
	}
	st, err := v.ReadIndex(ctx)
	if err != nil {
		return nil, err
	}
	if err := st.Close(); err != nil {
		return nil, err
	}
	return v.makeTasks()
}

// taskTools are what one task works with, as things are now.
func (v *serving) taskTools(ctx context.Context, t *sonar.Thinker, task queue.Task) (tools work.Tools, done func(), err error) {
	if task.Model != "" && !llm.ValidModel(task.Model) {
		return tools, nil, fmt.Errorf("%w: model is not the name of a model", queue.ErrTask)
	}
	set := v.Settings.Sonar.Tasks
	if task.Type == queue.EnhanceBatch && !set.Metadata {
		return tools, nil, WithHint(errors.New("sonar.tasks.metadata.enabled is false"), `allow it with "amalfa config set --user sonar.tasks.metadata.enabled true"`)
	}
	st, err := v.ReadIndex(ctx)
	if err != nil {
		return tools, nil, err
	}
	folder, err := files.Open(v.Folder.Root)
	if err != nil {
		return tools, nil, errors.Join(err, st.Close())
	}
	tools = work.Tools{
		Store: st, Where: t.Where(), Release: t.Release, Answers: t.Answers(), Editable: v.editable, Read: folder.Read, Has: folder.Has,
		Above: v.aboveRoot(), SuperNode: v.Settings.Graph.SuperNodeThreshold, Count: tokenizer.Estimate,
		Batch: set.BatchSize, Visible: ingest.NewReader().Visible, NoteLimit: set.MetadataTimeout,
		Chat: func(ctx context.Context, task queue.Task) (work.ChatAnswer, error) {
			return chatTask(ctx, t, task)
		},
	}
	tools.Asker, tools.Model, tools.Why = t.Asker(ctx, consent.Unattended, task.Model)
	return tools, func() { _, _ = folder.Close(), st.Close() }, nil
}

func chatTask(ctx context.Context, t *sonar.Thinker, task queue.Task) (out work.ChatAnswer, err error) {
	a, err := t.Chat(ctx, consent.Unattended, sonar.Question{SessionID: task.SessionID, Message: task.Message, Model: task.Model})
	if err != nil {
		return out, err
	}
	out = work.ChatAnswer{Text: a.Message.Content, Degraded: a.Degraded}
	for _, s := range a.Sources {
		out.Sources = append(out.Sources, fmt.Sprintf("[%d] %s:%d-%d", s.Ref, s.ID, s.Lines[0], s.Lines[1]))
	}
	return out, nil
}

// applyTask makes what a task changes, once for each key, and brings the index up to date.
func (w *Workspace) applyTask(ctx context.Context, key string, changes []edit.FileChange) error {
	e, err := w.editor()
	if err != nil {
		return err
	}
	defer e.Close()
	if err := queue.Apply(e, key, changes); err != nil {
		return err
	}
	var touched []string
	for _, c := range changes {
		touched = append(touched, c.To)
	}
	return w.settle(ctx, touched)
}

// taskEnded tells the desktop. Neither a path nor anything that a note or a model says is in it.
func (v *serving) taskEnded(t queue.Task, id string, failed error) {
	text := "A task has ended: " + t.Type
	if failed != nil {
		text = "A task has failed: " + t.Type
	}
	v.tellDesktop(text + `. "amalfa sonar task list" has it.`)
}
