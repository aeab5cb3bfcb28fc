package cli

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"amalfa/app"
	"amalfa/config"
	"amalfa/registry"
)

// TestReadmeTables keeps README's tables equal to the code they describe.
func TestReadmeTables(t *testing.T) {
	const path = "../README.md"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fresh := string(data)
	for name, table := range map[string]string{"services": servicesTable(), "settings": settingsTable()} {
		section := regexp.MustCompile(`(?s)<!-- ` + name + ` -->\n.*<!-- /` + name + ` -->`)
		if !section.MatchString(fresh) {
			t.Fatalf("README has no section %s", name)
		}
		fresh = section.ReplaceAllLiteralString(fresh, "<!-- "+name+" -->\n"+table+"<!-- /"+name+" -->")
	}
	golden(t, path, fresh)
}

// TestSettingsPage keeps docs/settings.md equal to the keys, their variables, and what became of the names of the earlier system.
func TestSettingsPage(t *testing.T) {
	const path = "../docs/settings.md"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fresh := string(data)
	for name, table := range map[string]string{"keys": keysTable(), "earlier": earlierTable()} {
		section := regexp.MustCompile(`(?s)<!-- ` + name + ` -->\n.*<!-- /` + name + ` -->`)
		if !section.MatchString(fresh) {
			t.Fatalf("%s has no section %s", path, name)
		}
		fresh = section.ReplaceAllLiteralString(fresh, "<!-- "+name+" -->\n"+table+"<!-- /"+name+" -->")
	}
	golden(t, path, fresh)
}

// TestPortsPage keeps docs/ports.md equal to the services and to where agents are served over HTTP.
func TestPortsPage(t *testing.T) {
	const path = "../docs/ports.md"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	section := regexp.MustCompile(`(?s)<!-- ports -->\n.*<!-- /ports -->`)
	if !section.Match(data) {
		t.Fatalf("%s has no section ports", path)
	}
	golden(t, path, section.ReplaceAllLiteralString(string(data), "<!-- ports -->\n"+portsTable()+"<!-- /ports -->"))
}

func portsTable() string {
	var b strings.Builder
	b.WriteString("| port | service | variable | setting | runs once per | answers |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, s := range registry.Services() {
		if s.Port == 0 {
			continue
		}
		who := "every program of this machine"
		if s.SameUser {
			who = "programs of this user"
		}
		if s.Pages {
			who = "this user's browser"
		}
		fmt.Fprintf(&b, "| %d | `%s` | `%s` | `%s.port` | %s | %s |\n", s.Port, s.Name, s.PortVar, s.Name, s.Scope, who)
	}
	_, port, _ := strings.Cut(app.DefaultMCPAddress, ":")
	fmt.Fprintf(&b, "| %s | `serve --http` | none | none | session | programs of this user |\n", port)
	return b.String()
}

func keysTable() string {
	var b strings.Builder
	b.WriteString("| key | takes | variables | workspace's file |\n| --- | --- | --- | --- |\n")
	for _, k := range config.Keys() {
		takes, project := k.Kind, "no"
		switch {
		case len(k.Words) > 0:
			takes += ": `" + strings.Join(slices.DeleteFunc(slices.Clone(k.Words), func(w string) bool { return w == "" }), "` `") + "`"
		case strings.HasSuffix(k.Kind, "number"):
			takes = fmt.Sprintf("%d to %d", k.Least, k.Most)
		}
		if k.Project {
			project = "yes"
		}
		variables := "none"
		if names := k.Variables(); len(names) > 0 {
			variables = "`" + strings.Join(names, "` `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Path, takes, variables, project)
	}
	return b.String()
}

func earlierTable() string {
	var b strings.Builder
	b.WriteString("| name | what became of it |\n| --- | --- |\n")
	for _, e := range config.EarlierNames() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", e.Name, e.Fate())
	}
	return b.String()
}

func servicesTable() string {
	var b strings.Builder
	b.WriteString("| service | port | variable | runs once per | what it is |\n| --- | --- | --- | --- | --- |\n")
	for _, s := range registry.Services() {
		port, variable := "–", "–"
		if s.Port != 0 {
			port, variable = fmt.Sprint(s.Port), "`"+s.PortVar+"`"
		}
		if s.Stdio {
			port = "stdio"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", s.Name, port, variable, s.Scope, s.Summary)
	}
	return b.String()
}

func settingsTable() string {
	var b strings.Builder
	b.WriteString("| key | default | who may set it | what it is |\n| --- | --- | --- | --- |\n")
	for _, k := range config.Keys() {
		who := "you"
		if k.Project {
			who = "project"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Path, showDefault(k.Default), who, k.Doc)
	}
	return b.String()
}

func showDefault(v any) string {
	switch v := v.(type) {
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = fmt.Sprintf("`%v`", item)
		}
		return strings.Join(parts, " ")
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case map[string]any:
		return ""
	case string:
		if v == "" {
			return ""
		}
	}
	return fmt.Sprintf("`%v`", v)
}
