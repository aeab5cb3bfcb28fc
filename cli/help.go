package cli

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"
)

const helpTemplate = `{{.FullName}} - {{.Usage}}

Usage:
  {{if .UsageText}}{{wrap .UsageText 2}}{{else}}{{.FullName}}{{if .VisibleFlags}} [flags]{{end}}{{if .VisibleCommands}} COMMAND{{end}}{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}{{end}}
{{if .VisibleCommands}}
Commands:{{range .VisibleCommands}}
  {{printf "%-12s" .Name}} {{.Usage}}{{end}}
{{end}}{{if .VisibleFlags}}
Flags:{{range .VisibleFlags}}
  {{.}}{{end}}
{{end}}{{if .VisiblePersistentFlags}}
Everywhere:{{range .VisiblePersistentFlags}}
  {{.}}{{end}}
{{end}}{{if .Description}}
{{.Description}}
{{end}}`

// rootHelpTemplate lists the commands by category, in the order of a first day;
// the library would sort the categories by name.
func rootHelpTemplate(commands []*cli.Command) string {
	var b strings.Builder
	b.WriteString("{{.FullName}} - {{.Usage}}\n\nUsage:\n  {{wrap .UsageText 2}}\n")
	for _, category := range []string{categoryMemory, categoryServices, categoryModels, categorySelf} {
		fmt.Fprintf(&b, "\n%s:\n", category)
		for _, c := range commands {
			if c.Category == category && !c.Hidden {
				fmt.Fprintf(&b, "  %-12s %s\n", c.Name, c.Usage)
			}
		}
	}
	b.WriteString("  completion   print the completion script of a shell: bash, zsh, fish or pwsh\n")
	b.WriteString("\nEverywhere:{{range .VisibleFlags}}\n  {{.}}{{end}}\n\n")
	fmt.Fprintf(&b, "Without a word, amalfa says where this folder stands.\n\n%s\n",
		codesHelp(codeDone, codeFailed, codeUsage, codeNotRunning, codeMissing, codeUnusable, codeInterrupted))
	return b.String()
}

// codesHelp is the end of each help page.
func codesHelp(codes ...int) string {
	parts := make([]string, len(codes))
	for i, code := range codes {
		parts[i] = fmt.Sprintf("%d %s", code, codeMeaning[code])
	}
	return "Exit codes: " + strings.Join(parts, " · ")
}
