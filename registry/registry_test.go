package registry

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOrderAndPorts(t *testing.T) {
	type row struct {
		Name  string
		Port  int
		Var   string
		Scope Scope
		Stdio bool
	}
	want := []row{
		{"vector", 3010, "VECTOR_PORT", Machine, false},
		{"reranker", 3011, "RERANKER_PORT", Machine, false},
		{"sonar", 3012, "SONAR_PORT", Workspace, false},
		{"dashboard", 3013, "DASHBOARD_PORT", Workspace, false},
		{"watcher", 0, "", Workspace, false},
		{"supervisor", 0, "", Workspace, false},
		{"mcp", 0, "", Workspace, true},
	}
	var got []row
	for _, s := range Services() {
		got = append(got, row{s.Name, s.Port, s.PortVar, s.Scope, s.Stdio})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Services() (-want +got):\n%s", diff)
	}
}

func TestRowsAreUniqueAndComplete(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+$`)
	seen := map[any]string{}
	unique := func(row string, key any) {
		if other, ok := seen[key]; ok {
			t.Errorf("%s: %v is already used by %s", row, key, other)
		}
		seen[key] = row
	}
	for _, s := range Services() {
		unique(s.Name, s.Name)
		if !name.MatchString(s.Name) {
			t.Errorf("name %q is not one lower-case word", s.Name)
		}
		if s.Summary == "" || strings.Contains(s.Summary, "\n") {
			t.Errorf("%s: summary %q is not one line", s.Name, s.Summary)
		}
		if (s.Port == 0) != (s.PortVar == "") {
			t.Errorf("%s: port %d and variable %q do not go together", s.Name, s.Port, s.PortVar)
		}
		if s.Port != 0 {
			unique(s.Name, s.Port)
			unique(s.Name, s.PortVar)
			if want := strings.ToUpper(s.Name) + "_PORT"; s.PortVar != want {
				t.Errorf("%s: variable %q, want %q", s.Name, s.PortVar, want)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	for _, want := range Services() {
		got, ok := Lookup(want.Name)
		if !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("Lookup(%q) = %+v, %t", want.Name, got, ok)
		}
	}
	for _, name := range []string{"", "Vector", "vectors", "ethics"} {
		if got, ok := Lookup(name); ok || got.Name != "" {
			t.Errorf("Lookup(%q) = %+v, %t, want nothing", name, got, ok)
		}
	}
}

func TestServicesCannotBeChanged(t *testing.T) {
	Services()[0].Name = "changed"
	if got := Services()[0].Name; got != "vector" {
		t.Errorf("first row is %q after a caller wrote to its copy", got)
	}
}
