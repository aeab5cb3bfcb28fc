package cli

import (
	"fmt"
	"strings"
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

const rootHelpTemplate = `{{.FullName}} - {{.Usage}}

Usage:
  {{wrap .UsageText 2}}
{{range .VisibleCategories}}
{{if .Name}}{{.Name}}{{else}}More{{end}}:{{range .VisibleCommands}}
  {{printf "%-12s" .Name}} {{.Usage}}{{end}}
{{end}}{{if .VisibleFlags}}
Everywhere:{{range .VisibleFlags}}
  {{.}}{{end}}
{{end}}
{{.Description}}
`

// codesHelp is the end of each help page.
func codesHelp(codes ...int) string {
	parts := make([]string, len(codes))
	for i, code := range codes {
		parts[i] = fmt.Sprintf("%d %s", code, codeMeaning[code])
	}
	return "Exit codes: " + strings.Join(parts, " · ")
}
