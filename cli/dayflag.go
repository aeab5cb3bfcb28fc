package cli

import (
	"fmt"
	"time"

	"amalfa/notes"
)

// dayFlag reads a flag that is a time: the first and the last day of it, "" for none.
func dayFlag(name, value string) (first, last string, err error) {
	if value == "" {
		return "", "", nil
	}
	from, to, ok := notes.Moment(value, time.Now())
	if !ok {
		return "", "", usageError(fmt.Sprintf("--%s takes a day, not %q", name, value), "for example: --"+name+" 2024-03-05")
	}
	if to.After(from) {
		to = to.Add(-time.Nanosecond) // it ends where the next day begins
	}
	return from.Format(time.DateOnly), to.Format(time.DateOnly), nil
}
