package schedule

import (
	"testing"
	"time"
)

func TestNext(t *testing.T) {
	at := func(s string) time.Time {
		t.Helper()
		at, err := time.ParseInLocation(time.DateTime, s, time.Local)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	from := at("2026-11-29 17:40:10") // a Sunday
	for rule, want := range map[string]string{
		"hourly": "2026-11-29 18:00:00", "Daily": "2026-11-30 00:00:00", "@daily": "2026-11-30 00:00:00", "weekly": "2026-12-06 00:00:00",
		"monthly": "2026-12-01 00:00:00", "every 6h": "2026-11-29 23:40:10", "every  90 m": "2026-11-29 19:10:10", "30 7 * * 1-5": "2026-11-30 07:30:00",
		"0 3 29 2 *": "2028-02-29 03:00:00",
	} {
		r, err := Parse(rule)
		if err != nil || !r.Next(from).Equal(at(want)) {
			t.Errorf("%s: %v %v", rule, r.Next(from), err)
		}
	}
	for _, rule := range []string{"", "sometimes", "every", "every 5s", "every -1h", "every 9999h", "TZ=", "CRON_TZ=UTC 0 0 * * *", "TZ=x", "0 0 31 2 *", "* * * * * *", "60 0 * * *", "@reboot"} {
		if r, err := Parse(rule); err == nil {
			t.Errorf("%q is %v", rule, r)
		}
	}
}

func FuzzParseEntry(f *testing.F) {
	for _, s := range []string{"daily: synthesis", "every 1m: research what changed: today?", "0 7 * * 1: chat hi", ":", "daily:", "TZ=: x", "*/0 * * * *: x", "1-0 * * * *: x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ParseEntry(text)
		if err != nil {
			return
		}
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		if next := e.Next(from); !next.After(from) {
			t.Errorf("%q is due at %v after %v", text, next, from)
		}
		if again, err := ParseEntry(e.String()); err != nil || again.String() != e.String() {
			t.Errorf("%q is %q, and then %q %v", text, e, again, err)
		}
	})
}
