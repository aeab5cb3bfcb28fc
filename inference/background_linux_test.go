package inference

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// threadNice reads the niceness of the calling thread, the 19th field of its stat.
func threadNice() (int, error) {
	data, err := os.ReadFile("/proc/self/task/" + strconv.Itoa(syscall.Gettid()) + "/stat")
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(data), ") ")
	return strconv.Atoi(strings.Fields(after)[16])
}

// Bulk runs give way to other programs, and questions do not, whichever came before on the same queue.
func TestBulkRunsAtLowPriority(t *testing.T) {
	own, err := threadNice()
	if err != nil {
		t.Skip(err)
	}
	q := &Queue{Workers: 2}
	defer q.Close()
	for range 20 {
		for _, bulk := range []bool{true, false} {
			nice := make([]int, 4)
			err := q.Do(context.Background(), &Batch{Order: UpTo(len(nice)), Bulk: bulk, Run: func(i int) (err error) {
				nice[i], err = threadNice()
				return err
			}})
			if err != nil {
				t.Fatal(err)
			}
			want := own
			if bulk {
				want = max(own, niceness)
			}
			for _, n := range nice {
				if n != want {
					t.Fatalf("bulk %v ran at %v, not %d", bulk, nice, want)
				}
			}
		}
	}
}

// A thread that ended a run is free before its caller knows, so bulk runs keep to as many threads as ran at once, with warm caches.
func TestBulkRunsKeepTheirThreads(t *testing.T) {
	q := &Queue{Workers: 2}
	defer q.Close()
	const n = 500
	threads := make([]int, n)
	err := q.Do(context.Background(), &Batch{Order: UpTo(n), Bulk: true, Run: func(i int) error {
		threads[i] = syscall.Gettid()
		for end := time.Now().Add(time.Millisecond); time.Now().Before(end); {
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(threads)
	if used := len(slices.Compact(threads)); used > q.Workers {
		t.Fatalf("%d threads for %d at once", used, q.Workers)
	}
}
