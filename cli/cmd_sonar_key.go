package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"
)

func (a *program) sonarKeyCommand() *cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeUnusable)
	verb := func(name, usage, description string, run func(*session, context.Context) error) *cli.Command {
		return a.command(cli.Command{Name: name, Usage: usage, Description: description + "\n\n" + codes, Action: checked(arguments(0, 0, "nothing: a key on the command line could be read by others"), plain(a, run))})
	}
	group := a.group(cli.Command{Name: "key", Usage: "keep the key of the language model's server in the system's keyring",
		Description: "The key is kept for the host of the configured server (sonar.provider, sonar.host) and goes to no other. What counts is\n" +
			"sonar.apiKey, then the provider's own variable, then the keyring.\n\n" + codes,
	}, func(_ context.Context, c *cli.Command) error {
		return usageError(c.FullName()+" needs set or remove", `run "`+c.FullName()+` --help"`)
	})
	group.Commands = []*cli.Command{
		verb("set", "keep a key", "The key is typed without being shown, or read from a pipe.", (*session).setKey),
		verb("remove", "forget it", "The key that is kept for the host of the configured server is removed.", (*session).removeKey),
	}
	return group
}

// maxKey bounds what is read for a key, in bytes.
const maxKey = 8 << 10

func (s *session) setKey(context.Context) error {
	key, err := s.readKey()
	if err != nil {
		return err
	}
	host, err := s.SetKey(key)
	if err != nil {
		return err
	}
	return s.print(map[string]any{"host": host, "set": true}, func() { s.line("the key for %s is kept in the system's keyring", host) })
}

func (s *session) readKey() (string, error) {
	if f, ok := s.in.(*os.File); ok && isTerminal(f) {
		fmt.Fprint(s.err, "Key: ")
		key, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(s.err)
		return strings.TrimSpace(string(key)), err
	}
	line, err := bufio.NewReader(io.LimitReader(s.in, maxKey)).ReadString('\n')
	if err == io.EOF {
		err = nil
	}
	return strings.TrimSpace(line), err
}

func (s *session) removeKey(context.Context) error {
	host, was, err := s.RemoveKey()
	if err != nil {
		return err
	}
	return s.print(map[string]any{"host": host, "removed": was}, func() {
		if was {
			s.line("the key for %s is no longer in the system's keyring", host)
		} else {
			s.line("there is no key for %s in the system's keyring", host)
		}
	})
}
