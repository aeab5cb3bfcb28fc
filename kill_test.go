package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// kills is how many runs of init are killed, and minKills how many of them at
// least must have been at work, or the test has shown nothing.
const (
	kills    = 50
	minKills = 15
)

// Fifty runs of init are killed at random moments, each followed by a normal
// one that must leave the index of an undisturbed run. Half of them build the
// index, half bring an older one up to date. AMALFA_TEST_SEED repeats a run.
func TestKilledInitIsCompletedByTheNext(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("AMALFA_TEST_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("AMALFA_TEST_SEED=%d", seed)
	moments := rand.New(rand.NewPCG(seed, 0))
	v := newVictim(t)
	v.writeOlder()
	v.init(t.Context())
	v.keepOlder()
	v.writeNewer()
	v.init(t.Context())
	want := v.contents()
	if len(want) != victimNotes {
		t.Fatalf("%d files", len(want))
	}
	v.begin(false)
	whole := v.init(t.Context())
	v.begin(false)
	whole = min(whole, v.init(t.Context()))
	v.compare("an index brought up to date, and one built anew", want)
	struck := 0
	for round := range kills {
		v.begin(round%2 == 0)
		moment := time.Duration(moments.Int64N(int64(whole)))
		if v.killed(moment) {
			struck++
		} else {
			whole = moment // it was done by then: what else the machine has to do is less than at the beginning
		}
		v.init(t.Context())
		v.compare(fmt.Sprintf("round %d, killed after %v", round, moment), want)
	}
	t.Logf("%d of %d were killed at work; an undisturbed run takes at most %v", struck, kills, whole)
	if struck < minKills {
		t.Errorf("only %d of %d were killed at work", struck, kills)
	}
}
