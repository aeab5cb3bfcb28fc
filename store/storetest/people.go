package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"amalfa/store/people"
)

// People runs what every people.Store promises. open opens one more handle of the same place, in which nobody has a token, and which
// knows the workspaces "one" and "two".
func People(t *testing.T, open func() people.Store) {
	all, other := open(), open() // as another process has it
	p := peopleTest{t, all}
	if asks, err := all.Asks(t.Context(), "one"); asks || err != nil {
		t.Errorf("nobody has a token: %t %v", asks, err)
	}
	ada := p.create("ada", nil, people.Right{Workspace: "one", Write: true})
	bob := p.create("bob", nil, people.Right{Workspace: people.All}, people.Right{Workspace: "two", Write: true})
	for _, tt := range []struct {
		secret, in  string
		read, write bool
	}{{ada, "one", true, true}, {ada, "two", false, false}, {bob, "one", true, false}, {bob, "two", true, true}} {
		found, err := other.Find(t.Context(), people.HashOf(tt.secret), []string{"one", "two"}, time.Now())
		if read, write := found.May(tt.in); err != nil || read != tt.read || write != tt.write {
			t.Errorf("%s in %s: %t %t %v", found.Name, tt.in, read, write, err)
		}
	}
	for _, hash := range []string{people.HashOf(ada + "a"), "", ada, strings.ToUpper(people.HashOf(ada)), "' OR true --", strings.Repeat("0", 64)} {
		if _, err := other.Find(t.Context(), hash, []string{"one", "two"}, time.Now()); !errors.Is(err, people.ErrUnknown) {
			t.Errorf("a made-up hash %q: %v", hash, err)
		}
	}
	p.names()
	p.revokes(other, ada)
	p.expires(other)
	p.uses(other, bob)
	if asks, err := all.Asks(t.Context(), "one"); !asks || err != nil {
		t.Errorf("somebody has a token: %t %v", asks, err)
	}
	p.manyAtOnce(open)
	p.writes(other)
}

type peopleTest struct {
	*testing.T
	all people.Store
}

func (p peopleTest) create(name string, expires *time.Time, rights ...people.Right) (secret string) {
	p.Helper()
	secret, hash := people.NewSecret()
	if err := p.all.Create(p.Context(), people.Token{Name: name, Hash: hash, Rights: rights, Created: time.Now(), Expires: expires}); err != nil {
		p.Fatal(err)
	}
	return secret
}

func (p peopleTest) counts(in people.Store, secret string) bool {
	p.Helper()
	_, err := in.Find(p.Context(), people.HashOf(secret), []string{"one", "two"}, time.Now())
	if err != nil && !errors.Is(err, people.ErrUnknown) {
		p.Fatal(err)
	}
	return err == nil
}

func (p peopleTest) names() {
	try := func(name string) error {
		_, hash := people.NewSecret()
		return p.all.Create(p.Context(), people.Token{Name: name, Hash: hash, Rights: []people.Right{{Workspace: "two"}}, Created: time.Now()})
	}
	if err := try("ada"); !errors.Is(err, people.ErrExists) {
		p.Errorf("a second ada: %v", err)
	}
	for _, name := range []string{"", "a b", "a\nb", "a\x00b", "ä", "\xff", "../x", "'; DROP TABLE amalfa.tokens; --", "$1", "ada'", strings.Repeat("a", 101), strings.Repeat("x", 1<<20)} {
		if err := try(name); !errors.Is(err, people.ErrName) {
			p.Errorf("%.20q: %v", name, err)
		}
		if err := p.all.Revoke(p.Context(), name, time.Now()); !errors.Is(err, people.ErrUnknown) {
			p.Errorf("revoke %.20q: %v", name, err)
		}
	}
	long := strings.Repeat("a", 93) + "._-@+Z9"
	if err := errors.Join(try(long), p.all.Revoke(p.Context(), long, time.Now())); err != nil {
		p.Errorf("a name of 100: %v", err)
	}
}

func (p peopleTest) revokes(other people.Store, ada string) {
	if err := other.Revoke(p.Context(), "ada", time.Now()); err != nil {
		p.Fatal(err)
	}
	if p.counts(p.all, ada) {
		p.Error("a revoked token counts for another process")
	}
	if err := p.all.Revoke(p.Context(), "ada", time.Now()); !errors.Is(err, people.ErrUnknown) {
		p.Errorf("revoked twice: %v", err)
	}
	if again := p.create("ada", nil, people.Right{Workspace: "one"}); !p.counts(other, again) || p.counts(other, ada) {
		p.Error("the next token of who had one")
	}
}

func (p peopleTest) expires(other people.Store) {
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if p.counts(other, p.create("cyd", &past, people.Right{Workspace: "one"})) {
		p.Error("an expired token counts")
	}
	if !p.counts(other, p.create("cyd", &future, people.Right{Workspace: "one"})) {
		p.Error("one that expires later does not count")
	}
}

func (p peopleTest) uses(other people.Store, bob string) {
	used := func() *time.Time {
		list, err := other.List(p.Context())
		if err != nil {
			p.Fatal(err)
		}
		for _, t := range list {
			if t.Name == "bob" {
				return t.Used
			}
		}
		return nil
	}
	if used() != nil {
		p.Error("bob's was used")
	}
	for range 2 {
		if err := p.all.Used(p.Context(), people.HashOf(bob), time.Now()); err != nil {
			p.Fatal(err)
		}
		if used() == nil {
			p.Error("bob's was not used")
		}
	}
}

// manyAtOnce has a name made by many at once: one of them makes it.
func (p peopleTest) manyAtOnce(open func() people.Store) {
	const n = 8
	errs := make([]error, n)
	var makers sync.WaitGroup
	for i := range errs {
		one := open()
		makers.Go(func() {
			_, hash := people.NewSecret()
			rights := []people.Right{{Workspace: []string{"one", "two", people.All}[i%3]}}
			errs[i] = one.Create(p.Context(), people.Token{Name: "dan", Hash: hash, Rights: rights, Created: time.Now()})
		})
	}
	makers.Wait()
	made := 0
	for _, err := range errs {
		switch {
		case err == nil:
			made++
		case !errors.Is(err, people.ErrExists):
			p.Error(err)
		}
	}
	if made != 1 {
		p.Errorf("%d made a token of one name", made)
	}
}

func (p peopleTest) writes(other people.Store) {
	const note = "a\nb'; DROP TABLE amalfa.audit; --\xff\x00.md"
	for i := range 5 {
		who := []string{"ada", "bob"}[i%2]
		if err := p.all.Record(p.Context(), people.Write{Time: time.Now(), Who: who, From: "192.0.2.1", Machine: "m", Workspace: "one", Tool: "write_note", Note: fmt.Sprint(i)}); err != nil {
			p.Fatal(err)
		}
	}
	if err := p.all.Record(p.Context(), people.Write{Time: time.Now(), Who: "it's \x00 of https://issuer.example", Workspace: "two", Note: note}); err != nil {
		p.Fatal(err)
	}
	found, err := other.Writes(p.Context(), "bob", 10)
	if err != nil || len(found) != 2 || found[0].Note != "3" || found[1].Note != "1" || found[0].Workspace != "one" || found[0].From != "192.0.2.1" || found[0].Machine != "m" || found[0].Tool != "write_note" {
		p.Errorf("%+v %v", found, err)
	}
	if found, err = other.Writes(p.Context(), "", 2); err != nil || len(found) != 2 || !strings.HasPrefix(found[0].Note, "a\nb'; DROP TABLE") || found[0].Workspace != "two" {
		p.Errorf("%+v %v", found, err)
	}
}
