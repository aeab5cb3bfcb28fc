package meter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
	"github.com/natefinch/atomic"
)

// kept is how many hours are kept: those of a day, whatever the clock's changes.
const kept = 50

// An hour is what was taken within one, by hours since 1970.
type hour struct {
	Hour int64 `json:"hour"`
	Taken
}

// A book is what was taken, by hours, in their order.
type book struct {
	Hours []hour `json:"hours"`
}

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }

// add counts for the hour of a time.
func (b *book) add(at time.Time, t Taken) {
	n := hourOf(at)
	for i := range b.Hours {
		if b.Hours[i].Hour == n {
			b.Hours[i].Taken = b.Hours[i].add(t)
			return
		}
	}
	b.Hours = append(b.Hours, hour{n, t})
	slices.SortFunc(b.Hours, func(x, y hour) int { return int(x.Hour - y.Hour) })
}

// settle drops what is old. What stands in the future, since the clock was set back, counts as taken now, so that setting a clock
// frees nobody of a limit, and no limit holds longer than its day.
func (b *book) settle(now time.Time) {
	n := hourOf(now)
	future := Taken{}
	b.Hours = slices.DeleteFunc(b.Hours, func(h hour) bool {
		if h.Hour > n {
			future = future.add(h.Taken)
		}
		return h.Hour > n || h.Hour <= n-kept
	})
	if future != (Taken{}) {
		b.add(now, future)
	}
}

// spending adds up the hour and the day of now.
func (b *book) spending(now time.Time, l Limits) Spending {
	year, month, day := now.Date()
	began := time.Date(year, month, day, 0, 0, 0, 0, now.Location())
	s := Spending{HourEnds: now.Truncate(time.Hour).Add(time.Hour), DayEnds: time.Date(year, month, day+1, 0, 0, 0, 0, now.Location()), Limits: l}
	for _, h := range b.Hours {
		if h.Hour >= hourOf(began) {
			s.Day = s.Day.add(h.Taken)
		}
		if h.Hour >= hourOf(now) {
			s.Hour = s.Hour.add(h.Taken)
		}
	}
	return s
}

// maxFile bounds the file: fifty hours are a few kilobytes.
const maxFile = 1 << 20

type file struct{ path string }

// read returns what is counted; nothing where there is no file.
func (f file) read(_ context.Context, now time.Time) (book, error) {
	b, err := f.load()
	b.settle(now)
	return b, err
}

func (f file) load() (b book, err error) {
	in, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return b, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return b, err
	}
	if info.Size() > maxFile {
		return b, fmt.Errorf("%s: %w", f.path, errDamaged)
	}
	if err := json.NewDecoder(in).Decode(&b); err != nil {
		return book{}, fmt.Errorf("%s: %w", f.path, errDamaged)
	}
	return b, nil
}

var errDamaged = errors.New("not what was written there")

// lockWait is how long the file may be another process's: each holds it for a few milliseconds.
const lockWait = 5 * time.Second

// change replaces what is counted, alone among all processes. A file that is damaged is set aside.
func (f file) change(ctx context.Context, now time.Time, change func(*book)) error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	lock := flock.New(f.path+".lock", flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, 2*time.Millisecond); err != nil {
		return fmt.Errorf("lock %s: %w", f.path, err)
	}
	defer func() { _ = lock.Close() }()
	b, err := f.load()
	if errors.Is(err, errDamaged) {
		b, err = book{}, os.Rename(f.path, f.path+".damaged")
	}
	if err != nil {
		return err
	}
	b.settle(now)
	change(&b)
	data, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return atomic.WriteFile(f.path, bytes.NewReader(data))
}
