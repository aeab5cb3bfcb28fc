package cli

import (
	"errors"
	"fmt"
	"time"

	"amalfa/app"
)

type doctorOptions struct{ Tidy bool }

// checkAside lists the indexes that were set aside; with --tidy they are removed.
func (s *session) checkAside(o doctorOptions) (found []finding, removed []app.AsideIndex) {
	sets, err := s.AsideIndexes()
	if err != nil {
		return []finding{bad("old", err)}, nil
	}
	if len(sets) == 0 {
		return nil, nil
	}
	if o.Tidy {
		return s.tidy(sets)
	}
	var bytes int64
	for _, set := range sets {
		bytes += set.Bytes
	}
	f := warn("old", `"amalfa doctor --tidy" removes them`, "%s set aside, %s in all", asides(len(sets)), megabytes(bytes))
	for _, set := range sets {
		f.List = append(f.List, s.asideLine(set))
	}
	return []finding{f}, nil
}

func (s *session) tidy(sets []app.AsideIndex) (found []finding, removed []app.AsideIndex) {
	var failed []error
	var bytes int64
	var lines []string
	for _, set := range sets {
		if err := s.RemoveAside(set); err != nil {
			failed = append(failed, err)
			continue
		}
		removed, bytes = append(removed, set), bytes+set.Bytes
		lines = append(lines, "removed "+s.asideLine(set))
	}
	if len(removed) > 0 {
		f := good("old", "%s removed, %s freed", asides(len(removed)), megabytes(bytes))
		f.List = lines
		found = append(found, f)
	}
	if err := errors.Join(failed...); err != nil {
		found = append(found, bad("old", err))
	}
	return found, removed
}

func (s *session) asideLine(set app.AsideIndex) string {
	return fmt.Sprintf("%s, %s, %s old", s.Relative(set.Path), megabytes(set.Bytes), age(time.Since(set.Since)))
}

func asides(n int) string {
	if n == 1 {
		return "1 old index"
	}
	return fmt.Sprintf("%d old indexes", n)
}

// age is how long ago something was, as one says it.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "under a minute"
	case d < time.Hour:
		return count(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return count(int(d.Hours()), "hour")
	}
	return count(int(d.Hours()/24), "day")
}
