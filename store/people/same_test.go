package people_test

import (
	"testing"

	"amalfa/store/people"
	"amalfa/store/storetest"
)

func TestPeople(t *testing.T) {
	dir := t.TempDir()
	storetest.People(t, func() people.Store { return people.NewFolder(dir) })
}
