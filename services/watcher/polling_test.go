package watcher

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPollingOfRemoteFolders(t *testing.T) {
	remote := func(dir string) string {
		if dir == "/net" {
			return "NFS"
		}
		return ""
	}
	for _, row := range []struct{ setting, dir, want string }{
		{PollAuto, "/net", "NFS tells nothing of changes by other machines (watch.polling)"}, {PollAuto, "/home", ""},
		{PollAlways, "/home", "watch.polling is always"},
	} {
		if got := polling(row.setting, remote)(row.dir); got != row.want {
			t.Errorf("%s %s: %q, want %q", row.setting, row.dir, got, row.want)
		}
	}
	if polling(PollNever, remote) != nil {
		t.Error("never polls")
	}
	if kind := remoteKind(t.TempDir()); kind != "" {
		t.Logf("the folder of this test is on %s", kind)
	}
}

// A person is told once of what lasts, once of its end, and of the same again only after an hour.
func TestReporter(t *testing.T) {
	var told []Problem
	r := newReporter(func(p Problem) { told = append(told, p) })
	now := time.Now()
	expect := func(after time.Duration, wrong []Problem, want ...Problem) {
		t.Helper()
		now, told = now.Add(after), nil
		r.look(now, wrong)
		if diff := cmp.Diff(want, told); diff != "" {
			t.Error(diff)
		}
	}
	full := Problem{CannotIndex, "disk full"}
	expect(0, []Problem{full})
	expect(time.Second, nil) // over before anybody had to know
	expect(time.Second, []Problem{full})
	expect(quietFailure, []Problem{full}, full)
	expect(quietFailure, []Problem{full})
	expect(0, nil, Problem{Kind: CannotIndex})
	expect(0, nil)
	expect(0, []Problem{full})
	expect(quietFailure, []Problem{full}) // within the hour
	expect(0, []Problem{full, {CannotEmbed, "no model"}})
	expect(quietFailure, []Problem{full, {CannotEmbed, "no model"}}, Problem{CannotEmbed, "no model"})
	expect(repeatAfter, []Problem{full}, full, Problem{Kind: CannotEmbed})
}
