package work

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// inRange refuses what is no share.
func inRange(name string, v float64) error {
	if math.IsNaN(v) || v < 0 || v > 1 {
		return fmt.Errorf("%s is not from 0 to 1", name)
	}
	return nil
}

// oneLine refuses what does not fit one line of limit bytes.
func oneLine(name, s string, limit int) error {
	switch {
	case strings.TrimSpace(s) == "":
		return errors.New(name + " is empty")
	case len(s) > limit:
		return fmt.Errorf("%s is longer than %d bytes", name, limit)
	}
	return nil
}
