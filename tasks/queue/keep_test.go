package queue

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestPrune(t *testing.T) {
	q, dir := open(t)
	now := time.Now()
	q.now = func() time.Time { return now }
	for n := range 6 { // 0 is the oldest
		id := fmt.Sprintf("t%d", n)
		drop(t, dir, id+".json", `{"type":"synthesis"}`)
		work(t, q, &Worker{Do: done})
		at := now.Add(time.Duration(n-6) * 24 * time.Hour)
		for _, suffix := range []string{taskSuffix, reportSuffix} {
			if err := os.Chtimes(filepath.Join(dir, completed, id+suffix), at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	see := func(id string) {
		t.Helper()
		i, err := q.Get(id)
		if err == nil {
			err = q.MarkSeen(i)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	left := func(k Keep) []string {
		t.Helper()
		if _, err := q.Prune(k); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for id := range states(t, q) {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		return ids
	}
	for _, c := range []struct {
		see  string
		keep Keep
		want []string
	}{
		{"", Keep{}, []string{"t0", "t1", "t2", "t3", "t4", "t5"}},
		{"", Keep{Count: 1}, []string{"t0", "t1", "t2", "t3", "t4", "t5"}},   // nobody has seen any
		{"t1", Keep{Count: 6}, []string{"t0", "t1", "t2", "t3", "t4", "t5"}}, // within the bound
		{"t4", Keep{Count: 5}, []string{"t0", "t2", "t3", "t4", "t5"}},       // the oldest of the seen
		{"", Keep{Count: 1, Age: 100 * 24 * time.Hour}, []string{"t0", "t2", "t3", "t5"}},
		{"", Keep{Age: 5*24*time.Hour + time.Hour}, []string{"t2", "t3", "t5"}}, // too old, seen or not
	} {
		if c.see != "" {
			see(c.see)
		}
		if have := left(c.keep); !slices.Equal(have, c.want) {
			t.Errorf("%+v leaves %v and not %v", c.keep, have, c.want)
		}
	}
	files, err := os.ReadDir(filepath.Join(dir, completed))
	if err != nil || len(files) != 6 {
		t.Errorf("%d files of three tasks, %v", len(files), err)
	}
}
