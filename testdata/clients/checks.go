package clients

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// near is how far a component or a score may be from what the engine gives: what is lost between float32 and its decimal form, and by
// clients that bring vectors to length one again.
const near = 1e-6

// Vectors wants these, in their order.
func Vectors(want [][]float32) Check {
	return func(o Outcome) string {
		var got [][]float64
		if wrong := o.read(&got); wrong != "" {
			return wrong
		}
		if len(got) != len(want) {
			return fmt.Sprintf("%d vectors, want %d", len(got), len(want))
		}
		for i, v := range want {
			if len(got[i]) != len(v) {
				return fmt.Sprintf("vector %d has %d numbers, want %d", i, len(got[i]), len(v))
			}
			for j, x := range v {
				if d := math.Abs(got[i][j] - float64(x)); !(d <= near) {
					return fmt.Sprintf("vector %d is off by %g", i, d)
				}
			}
		}
		return ""
	}
}

// Numbers wants these within 1e-6: a list, or a list of lists.
func Numbers(want any) Check {
	return func(o Outcome) string {
		var got any
		if wrong := o.read(&got); wrong != "" {
			return wrong
		}
		return cmp.Diff(reread(want), got, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= near }))
	}
}

// Says wants exactly this.
func Says(want any) Check {
	return func(o Outcome) string {
		var got any
		if wrong := o.read(&got); wrong != "" {
			return wrong
		}
		return cmp.Diff(reread(want), got)
	}
}

// Fails wants an error of that status whose text holds says. A client that keeps the status for itself is taken at its words.
func Fails(status int, says string) Check {
	return func(o Outcome) string {
		switch {
		case o.Error == nil:
			return fmt.Sprintf("it gave %.200s, want an error", o.Value)
		case o.Error.Status != 0 && o.Error.Status != status, !strings.Contains(o.Error.Text, says):
			return fmt.Sprintf("%s with %d: %s; want %d and %q", o.Error.Type, o.Error.Status, o.Error.Text, status, says)
		}
		return ""
	}
}

func (o Outcome) read(into any) string {
	if o.Error != nil {
		return fmt.Sprintf("%s with %d: %s", o.Error.Type, o.Error.Status, o.Error.Text)
	}
	if err := json.Unmarshal(o.Value, into); err != nil {
		return fmt.Sprintf("%v in %.200s", err, o.Value)
	}
	return ""
}

// reread is v as JSON has it.
func reread(v any) (out any) {
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		panic(err)
	}
	return out
}
