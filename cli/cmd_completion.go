package cli

import (
	"bytes"
	"context"

	"github.com/urfave/cli/v3"
)

// A completionAnswer is `completion SHELL --json`.
type completionAnswer struct {
	Shell  string `json:"shell"`
	Script string `json:"script"`
}

func (a *program) completionCommand() *cli.Command {
	const use = "\n\nbash: source <(amalfa completion bash) in .bashrc. zsh: the same in .zshrc. fish: amalfa completion fish > ~/.config/fish/completions/amalfa.fish."
	group := a.group(cli.Command{
		Name: "completion", Category: categorySelf, Usage: "print the completion script of a shell: bash, zsh, fish or pwsh",
		UsageText:   "source <(amalfa completion bash)",
		Description: "The script asks amalfa itself for what can stand next." + use + "\n\n" + codesHelp(codeDone, codeFailed, codeUsage),
	}, func(context.Context, *cli.Command) error {
		return usageError("amalfa completion needs a shell", "for example: amalfa completion bash")
	})
	for _, shell := range []string{"bash", "zsh", "fish", "pwsh"} {
		group.Commands = append(group.Commands, a.command(cli.Command{
			Name: shell, Usage: "print the script for " + shell,
			Action: checked(arguments(0, 0, ""), func(context.Context, *cli.Command) error { return a.completion(shell) }),
		}))
	}
	return group
}

// completion prints the script that the library has for a shell. The library finds a command's parent in its context, and
// writes where that one does; so this one has a context of its own.
func (a *program) completion(shell string) error {
	var script bytes.Buffer
	library := &cli.Command{Name: "amalfa", EnableShellCompletion: true, Writer: &script}
	if err := library.Run(context.Background(), []string{"amalfa", "completion", shell}); err != nil {
		return err
	}
	return a.print(completionAnswer{shell, script.String()}, func() { _, _ = script.WriteTo(a.out) })
}
