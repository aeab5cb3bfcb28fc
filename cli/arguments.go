package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/urfave/cli/v3"
)

// A commandLine is what was typed, taken apart. It is read before the library reads it, so that every error is in our
// words, flags may stand anywhere, and a question may hold what looks like a number or a flag.
type commandLine struct {
	path  []*cli.Command // from the root to the command that is meant
	flags []givenFlag
	words []string // what the command works on

	help, version bool
}

type givenFlag struct{ name, value string }

// completing is the word that a completion script adds; such a line is the library's.
const completing = "--generate-shell-completion"

// readLine takes args, without the program's name, apart. The line is as far as it was read where the error is not nil.
func readLine(root *cli.Command, args []string) (*commandLine, error) {
	l := &commandLine{path: []*cli.Command{root}}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			l.words = append(l.words, args...)
			return l, l.check()
		case !isFlag(arg):
			l.word(arg)
		default:
			used, err := l.flag(arg, args)
			if err != nil && !l.asksHelp(args) {
				return l, err
			}
			args = args[used:]
		}
	}
	return l, l.check()
}

// isFlag tells a flag from a word: "-" is a file, and "-5" a number.
func isFlag(arg string) bool {
	name := strings.TrimLeft(arg, "-")
	return strings.HasPrefix(arg, "-") && name != "" && (strings.HasPrefix(arg, "--") || unicode.IsLetter([]rune(name)[0]))
}

func (l *commandLine) command() *cli.Command { return l.path[len(l.path)-1] }

func (l *commandLine) name() string { return fullName(l.path) }

func fullName(path []*cli.Command) string {
	names := make([]string, len(path))
	for i, c := range path {
		names[i] = c.Name
	}
	return strings.Join(names, " ")
}

// word takes a word: the name of a command below this one, or something to work on. "help" is a command of every group.
func (l *commandLine) word(word string) {
	if len(l.words) == 0 {
		if sub := l.command().Command(word); sub != nil && sub.Name != helpName {
			l.path = append(l.path, sub)
			return
		}
		if word == helpName && len(l.command().Commands) > 0 {
			l.help = true
			return
		}
	}
	l.words = append(l.words, word)
}

// asksHelp reports that the rest of a line asks for help, which is given in spite of what is wrong before it.
func (l *commandLine) asksHelp(rest []string) bool {
	for _, arg := range rest {
		if arg == "--" {
			return false
		}
		if arg == "--help" || arg == "-h" {
			return true
		}
	}
	return l.help
}

// check refuses words that a group does not have.
func (l *commandLine) check() error {
	if len(l.words) == 0 || len(visible(l.command())) == 0 {
		return nil
	}
	return unknownWord(l.path, l.words[0])
}

// flag takes a flag, and its value from rest where it stands there. It returns how many of rest it used.
func (l *commandLine) flag(arg string, rest []string) (int, error) {
	name, value, inline := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	switch {
	case name == "help" || name == "h":
		l.help = true
		return 0, nil
	case len(l.path) == 1 && (name == "version" || name == "v" || name == "V"):
		l.version = true
		return 0, nil
	}
	f := l.find(name)
	if f == nil && !strings.HasPrefix(arg, "--") && !inline {
		// -n3 is -n 3
		first := []rune(name)[0]
		if f = l.find(string(first)); f != nil && kindOf(f) != "bool" {
			if v := name[len(string(first)):]; valueError(f, v) == nil {
				name, value, inline = string(first), v, true
			} else {
				f = nil
			}
		} else {
			f = nil
		}
	}
	switch {
	case f == nil:
		return 0, l.unknownFlag(arg, name)
	case kindOf(f) == "bool" && !inline:
		return 0, l.give(f, name, "true")
	case inline:
		return 0, l.give(f, name, value)
	case len(rest) == 0 || rest[0] == "--" || l.knows(rest[0]):
		return 0, usageError(fmt.Sprintf("%s needs %s", dashed(name), wanted(f)), l.example(f, name))
	}
	return 1, l.give(f, name, rest[0])
}

// give notes a flag's value. The same flag twice must say the same, since one of the two would be forgotten.
func (l *commandLine) give(f cli.Flag, name, value string) error {
	if err := valueError(f, value); err != nil {
		return usageError(fmt.Sprintf("%s takes %s, not %q", dashed(name), wanted(f), value), l.example(f, name))
	}
	canonical := f.Names()[0]
	if !isMany(f) {
		i := slices.IndexFunc(l.flags, func(g givenFlag) bool { return g.name == canonical })
		if i >= 0 && l.flags[i].value != value {
			return usageError(fmt.Sprintf("%s is given twice, as %q and as %q", dashed(name), l.flags[i].value, value), "leave one of them out")
		}
		if i >= 0 {
			return nil
		}
	}
	l.flags = append(l.flags, givenFlag{canonical, value})
	return nil
}

// knows reports that arg is a flag of this command: then it is not the value of the flag before it.
func (l *commandLine) knows(arg string) bool {
	if !isFlag(arg) {
		return false
	}
	name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	return name == "help" || name == "h" || l.find(name) != nil
}

// find returns the flag of that name which the command takes, nil if there is none.
func (l *commandLine) find(name string) cli.Flag {
	for _, f := range flagsOf(l.path) {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

// flagsOf are the flags that a command takes: its own, then those that its groups hand down.
func flagsOf(path []*cli.Command) []cli.Flag {
	own := path[len(path)-1]
	all := slices.Clone(own.Flags)
	for _, c := range slices.Backward(path[:len(path)-1]) {
		for _, f := range c.Flags {
			if local, ok := f.(cli.LocalFlag); !ok || !local.IsLocal() {
				all = append(all, f)
			}
		}
	}
	return all
}

// rewritten is the line as the library reads it without a doubt: each flag with its value, then the words.
func (l *commandLine) rewritten(program string) []string {
	args := []string{program}
	for _, c := range l.path[1:] {
		args = append(args, c.Name)
	}
	for _, f := range l.flags {
		args = append(args, "--"+f.name+"="+f.value)
	}
	return append(append(args, "--"), l.words...)
}

// has reports that a flag stands on the line and is not turned off.
func (l *commandLine) has(name string) bool {
	return slices.ContainsFunc(l.flags, func(f givenFlag) bool {
		on, err := strconv.ParseBool(f.value)
		return f.name == name && err == nil && on
	})
}

// unknownFlag names what the flag was perhaps meant to be.
func (l *commandLine) unknownFlag(arg, name string) error {
	hint := helpHint(l.path)
	var names []string
	for _, f := range flagsOf(l.path) {
		names = append(names, f.Names()[0])
	}
	if near := nearest(name, append(names, "help")); len(near) > 0 {
		hint = "did you mean " + dashed(near[0]) + "?"
	} else if l.command().ArgsUsage != "" {
		hint = fmt.Sprintf("what begins with - and is no flag follows --, as in: %s -- %s", l.name(), arg)
	}
	flag, _, _ := strings.Cut(arg, "=")
	return usageError(fmt.Sprintf("%s has no flag %s", l.name(), flag), hint)
}
