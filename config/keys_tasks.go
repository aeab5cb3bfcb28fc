package config

import (
	"fmt"
	"time"

	"amalfa/tasks/schedule"
)

// taskKeys are those of what Sonar's model does over the notes. Nothing that begins work by itself is set by a variable.
func taskKeys() []Key {
	at := func(pick func(*Tasks) *bool) func(*Settings) *bool {
		return func(s *Settings) *bool { return pick(&s.Sonar.Tasks) }
	}
	return []Key{
		fileOnly(entries("sonar.tasks.schedules", "tasks that Sonar adds again and again where it runs, each a time and a task: `daily: synthesis`, `every 6h: garden`, `30 7 * * 1-5: research what changed?`. A time is hourly, daily, weekly, monthly, every so long, or five fields of cron, in local time. One that was missed is done once. A model on another machine needs `sonar.allowHosts`", func(s *Settings) *[]schedule.Entry { return &s.Sonar.Tasks.Schedules })),
		fileOnly(truth("sonar.tasks.content.enabled", false, own, "whether Sonar adds the tasks `synthesis`, `timeline` and `garden` by itself, at the times of `sonar.tasks.content.schedule`", at(func(t *Tasks) *bool { return &t.Content }))),
		fileOnly(rule("sonar.tasks.content.schedule", "daily", "when it does: a time as in `sonar.tasks.schedules`", func(s *Settings) *schedule.Rule { return &s.Sonar.Tasks.ContentSchedule })),
		millis("sonar.tasks.content.timeout", 300_000, own, "milliseconds that a task may take, besides `enhance_batch`", 1000, 24*3600*1000, func(s *Settings) *time.Duration { return &s.Sonar.Tasks.ContentTimeout }),
		truth("sonar.tasks.metadata.enabled", true, own, "whether a model may describe notes: `enhance_batch`, and the routes below `/metadata`", at(func(t *Tasks) *bool { return &t.Metadata })),
		millis("sonar.tasks.metadata.timeout", 30_000, own, "milliseconds that the description of one note may take; then it is what can be said without a model", 100, 3600*1000, func(s *Settings) *time.Duration { return &s.Sonar.Tasks.MetadataTimeout }),
		fileOnly(truth("sonar.tasks.metadata.autoEnhance", false, own, "whether Sonar adds the task `enhance_batch` by itself, at the times of `sonar.tasks.content.schedule`", at(func(t *Tasks) *bool { return &t.AutoEnhance }))),
		number("sonar.tasks.metadata.batchSize", 10, own, "notes of one `enhance_batch` and of `/metadata/batch`, where they do not say how many", 1, 100, func(s *Settings) *int { return &s.Sonar.Tasks.BatchSize }),
		fileOnly(truth("sonar.tasks.search.enabled", false, own, "whether the language model takes part in `amalfa search`: it says what a question wants, ranks the best passages anew and finds the sentence that answers. Without it, or when the time is over, a search answers as it does without. A model on another machine needs `sonar.allowHosts`", at(func(t *Tasks) *bool { return &t.Search }))),
		millis("sonar.tasks.search.timeout", 5000, own, "milliseconds that it may take for one search, all its parts together", 50, 600_000, func(s *Settings) *time.Duration { return &s.Sonar.Tasks.SearchTimeout }),
		number("sonar.tasks.keep.days", 90, own, "days that a task and its report are kept after its end; 0 for ever", 0, 3650, func(s *Settings) *int { return &s.Sonar.Tasks.KeepDays }),
		number("sonar.tasks.keep.count", 500, own, "tasks that have ended and are kept; of more, those go first that `amalfa sonar task show` has shown. What nobody has seen stays for its days; 0 for any number", 0, 1_000_000, func(s *Settings) *int { return &s.Sonar.Tasks.KeepCount }),
	}
}

// rule takes a time that comes again and again.
func rule(path, def, doc string, at func(*Settings) *schedule.Rule) Key {
	k := text(path, def, own, doc, nil, nil)
	k.set = func(s *Settings, v any) error {
		str, ok := v.(string)
		if !ok {
			return fmt.Errorf("want text, have %s", kindOf(v))
		}
		r, err := schedule.Parse(str)
		if err == nil {
			*at(s) = r
		}
		return err
	}
	return k
}

// entries takes a list of such times, each with what is due.
func entries(path, doc string, at func(*Settings) *[]schedule.Entry) Key {
	var list []string
	k := texts(path, []any{}, own, doc, nil, func(*Settings) *[]string { return &list })
	read := k.set
	k.set = func(s *Settings, v any) error {
		if err := read(s, v); err != nil {
			return err
		}
		var out []schedule.Entry
		for i, item := range list {
			e, err := schedule.ParseEntry(item)
			if err != nil {
				return fmt.Errorf("item %d: %w", i+1, err)
			}
			out = append(out, e)
		}
		*at(s) = out
		return nil
	}
	return k
}
