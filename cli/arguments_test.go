package cli

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"amalfa/app"

	"github.com/google/go-cmp/cmp"
)

// TestLines takes command lines apart, and holds what is wrong with them in our words.
func TestLines(t *testing.T) {
	for _, row := range []struct{ line, want string }{
		{"search tides", "amalfa search -- tides"},
		{"--json search tides", "amalfa search --json=true -- tides"},
		{"search tides --limit 3 moon", "amalfa search --limit=3 -- tides moon"},
		{"search -n3 tides", "amalfa search --limit=3 -- tides"},
		{"search -n=3 tides", "amalfa search --limit=3 -- tides"},
		{"search -limit 3 tides", "amalfa search --limit=3 -- tides"},
		{"search minus -5 --limit 3", "amalfa search --limit=3 -- minus -5"},
		{"search -n -5 tides", "amalfa search --limit=-5 -- tides"},
		{"search --limit=3 --limit 3 tides", "amalfa search --limit=3 -- tides"},
		{"search --strict=false tides", "amalfa search --strict=false -- tides"},
		{"search --mode= tides", "amalfa search --mode= -- tides"},
		{"search -- --limit 3", "amalfa search -- --limit 3"},
		{"search - tides", "amalfa search -- - tides"},
		{"eval a --unanswerable b --unanswerable c", "amalfa eval --unanswerable=b --unanswerable=c -- a"},
		{"--root /x vector start --port 0", "amalfa vector start --root=/x --port=0 --"},
		{"vector start --wait 1m30s", "amalfa vector start --wait=1m30s --"},
		{"find-gaps --threshold -0.5", "amalfa find-gaps --threshold=-0.5 --"},
		{"kill --all", "amalfa stop-all --all=true --"},
		{"search help", "amalfa search -- help"},

		{"search --limit x tides", `--limit takes a whole number, not "x" | for example: amalfa search --limit 5`},
		{"search -n 5.5 tides", `-n takes a whole number, not "5.5"`},
		{"search -n 99999999999999999999 tides", `-n takes a whole number, not "99999999999999999999"`},
		{"search -n '' tides", `-n takes a whole number, not "''"`},
		{"search tides --limit", "--limit needs a whole number | for example: amalfa search --limit 5"},
		{"search --limit --json tides", "--limit needs a whole number"},
		{"search --limit -- tides", "--limit needs a whole number"},
		{"search --mode --json tides", `--mode needs a value | run "amalfa search --help"`},
		{"find-gaps --threshold high", `--threshold takes a number, not "high" | for example: amalfa find-gaps --threshold 0.5`},
		{"vector start --wait soon", `--wait takes a time such as 30s or 2m, not "soon"`},
		{"vector start --wait 30", `--wait takes a time such as 30s or 2m, not "30" | for example: amalfa vector start --wait 30s`},
		{"search --strict=maybe tides", `--strict takes true or false, not "maybe" | write --strict alone`},
		{"search -n 3 --limit 4 tides", `--limit is given twice, as "3" and as "4"`},
		{"search --limt 3 tides", "amalfa search has no flag --limt | did you mean --limit?"},
		{"search --lmiit=3 tides", "amalfa search has no flag --lmiit | did you mean --limit?"},
		{"search tides -boat", "amalfa search has no flag -boat | what begins with - and is no flag follows --, as in: amalfa search -- -boat"},
		{"search --nonsense tides", "amalfa search has no flag --nonsense"},
		{"init --jsno", "did you mean --json?"},
		{"stats --zzz", `run "amalfa stats --help"`},
	} {
		t.Run(row.line, func(t *testing.T) {
			l, err := readLine(testApp(t, nil).commandTree(), strings.Fields(row.line))
			got := said(err)
			if err == nil {
				got = strings.Join(l.rewritten("amalfa"), " ")
			}
			if err == nil && got != row.want || !strings.Contains(got, row.want) {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

// said is an error's message and its hint.
func said(err error) string {
	var use *app.UsageError
	if errors.As(err, &use) {
		return use.Message + " | " + use.Advice
	}
	return ""
}

// TestWords holds what is suggested for words that are no command.
func TestWords(t *testing.T) {
	for _, row := range []struct{ line, want string }{
		{"update", `"amalfa init"`}, {"reindex", `"amalfa init"`}, {"sync", `"amalfa init"`}, {"INDEX", `"amalfa init"`},
		{"find", `"amalfa search"`}, {"query", `"amalfa search"`}, {"recall", `"amalfa search"`}, {"answer", `"amalfa ask"`},
		{"status", `"amalfa servers" or "amalfa stats"`}, {"ps", `"amalfa servers"`}, {"quit", `"amalfa stop-all"`}, {"stop", `"amalfa stop-all"`}, {"start", `"amalfa servers start"`},
		{"ls", `"amalfa list-sources" or "amalfa coverage"`}, {"get", `"amalfa read"`}, {"check", `"amalfa doctor" or "amalfa validate"`},
		{"install", `"amalfa setup-mcp" or "amalfa models pull"`}, {"setup", `"amalfa init" or "amalfa setup-mcp"`}, {"reset", `"amalfa init --force"`},
		{"login", "no account"}, {"upgrade", "does not replace itself"}, {"remove", `delete its file and run "amalfa init"`}, {"webui", "amalfa dashboard open"},
		{"serch", `"amalfa search"?`}, {"saerch", `"amalfa search"?`}, {"searhc", `"amalfa search"?`}, {"searxh", `"amalfa search"?`}, {"inti", `"amalfa init"?`}, {"ini", `"amalfa init"?`},
		{"sevrers", `"amalfa servers"?`}, {"servrs", `"amalfa servers"?`}, {"doctr", `"amalfa doctor"?`}, {"doc", `"amalfa doctor"?`}, {"stas", `"amalfa stats"?`}, {"stop_all", `"amalfa stop-all"?`}, {"stopall", `"amalfa stop-all"?`},
		{"findgaps", `"amalfa find-gaps"?`}, {"gaps", `"amalfa find-gaps"?`}, {"setup_mcp", `"amalfa setup-mcp"?`}, {"exprot", `"amalfa export"?`}, {"verfiy", `"amalfa verify"?`}, {"vesrion", `"amalfa version"?`}, {"hlep", `"amalfa help"?`},
		{"xyz", "the commands are init, search,"}, {"xyz --help", "the commands are init, search,"}, {"h", "the commands are"}, {"zz", "the commands are"}, {"q1", "the commands are"}, {"тест", "the commands are"},
		{"help nonsense", "the commands are"}, {"help serch", `"amalfa search"?`}, {"help vector strat", `"amalfa vector start"?`}, {"vector help strat", `"amalfa vector start"?`}, {"vector xyz --help", "the commands are start, stop, restart"},
		{"vector strat", `"amalfa vector start"?`}, {"vector satrt", `"amalfa vector start"?`}, {"vector kill", `"amalfa vector stop"?`}, {"vector up", `"amalfa vector start"?`}, {"vector ps", `"amalfa vector status"?`},
		{"models remove", `"amalfa models rm"?`}, {"models download", `"amalfa models pull"?`}, {"models ls", `"amalfa models list"?`}, {"cache purge", `"amalfa cache clear"?`}, {"context rm", `"amalfa context remove"?`}, {"servers begin", `"amalfa servers start"?`},
	} {
		t.Run(row.line, func(t *testing.T) {
			_, err := readLine(testApp(t, nil).commandTree(), strings.Fields(row.line))
			if got := said(err); !strings.Contains(got, row.want) {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

// TestMeanings holds that each word leads to a command that there is, and that no word is one.
func TestMeanings(t *testing.T) {
	root := testApp(t, nil).commandTree()
	groups := append(slices.Clone(root.Commands), root)
	for _, line := range meanings() {
		words, command, ok := strings.Cut(line, " = ")
		path := strings.Fields(command)
		if !ok || len(strings.Fields(words)) == 0 || len(path) == 0 {
			t.Fatalf("not a meaning: %q", line)
		}
		used := false
		for _, g := range groups {
			if !has(g, path) {
				continue
			}
			used = true
			if slices.Contains(strings.Fields(words), path[0]) && len(path) == 1 {
				t.Errorf("%q means itself", path[0])
			}
		}
		if !used {
			t.Errorf("no command %q", command)
		}
	}
	for word := range answers() {
		if root.Command(word) != nil {
			t.Errorf("%q is a command", word)
		}
	}
}

// TestSlips holds that slips of the fingers are near, and other words are not.
func TestSlips(t *testing.T) {
	names := []string{"init", "search", "read", "path", "stats", "servers", "h", "x"}
	for word, want := range map[string][]string{
		"iinit": {"init"}, "nit": {"init"}, "innit": {"init"}, "pathh": {"path"}, "paht": {"path"}, "patj": {"path"}, "reda": {"read"}, "sarch": {"search"}, "seearch": {"search"}, "serach": {"search"},
		"": nil, "a": nil, "hi": nil, "cat": nil, "dashboard": nil, "update": nil, "banana": nil, "xx": nil,
	} {
		if d := cmp.Diff(want, nearest(word, names)); d != "" {
			t.Errorf("%q (-want +got):\n%s", word, d)
		}
	}
}

// FuzzLine holds that no line makes the reader panic, and that what it took it reads again alike.
func FuzzLine(f *testing.F) {
	for _, line := range []string{"search -n 3 tides", "--json", "help x", "search -- -x", "-", "--", "---", "-=", "--=x", "-é", "search -né", "vector start --wait=1s"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		root := (&program{}).commandTree()
		l, err := readLine(root, strings.Split(line, " "))
		if err != nil || l.help || l.version {
			return
		}
		again, err := readLine(root, l.rewritten("amalfa")[1:])
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if d := cmp.Diff(l.rewritten("amalfa"), again.rewritten("amalfa")); d != "" {
			t.Errorf("%q: %s", line, d)
		}
	})
}
