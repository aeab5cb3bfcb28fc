package cli

import (
	"fmt"
	"slices"
	"strings"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

// formats are what --format takes, with the one that --json means.
var formats = []string{"table", "json", "jsonl", "csv", "md", "xml", "paths", "pack"}

func formatFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "format", Value: "table", HideDefault: true, Usage: strings.Join(formats, ", ") + " (the best evidence within --tokens)"},
		&cli.IntFlag{Name: "tokens", HideDefault: true, Usage: fmt.Sprintf("the budget of --format pack, in `N` tokens of the model (default: %d)", defaultPackTokens)},
	}
}

// format is the flag, or json where --json stands.
func (a *program) format(o searchOptions) (string, error) {
	switch {
	case !slices.Contains(formats, o.Format):
		return "", usageError(fmt.Sprintf("--format has no %q", o.Format), "choose "+strings.Join(formats, ", "))
	case o.Tokens != nil && o.Format != "pack":
		return "", usageError("--tokens belongs to --format pack", "")
	case o.Tokens != nil && *o.Tokens < 1:
		return "", usageError(fmt.Sprintf("--tokens takes 1 or more, not %d", *o.Tokens), "")
	case o.Format == "table" && a.json:
		return "json", nil
	}
	return o.Format, nil
}

// writeHits writes an answer in one of the formats. Notes about it go to standard error where the format has no place.
func (s *session) writeHits(as string, o searchOptions, found app.Found) error {
	ans := newSearchAnswer(found, s.Away(found), o.Explain)
	if as != "table" && as != "json" && as != "pack" {
		defer s.notes(ans)
	}
	switch as {
	case "json":
		return s.printJSON(ans)
	case "jsonl":
		return writeJSONLines(s.out, ans)
	case "csv":
		return writeCSV(s.out, ans)
	case "md":
		s.writeMarkdown(ans)
	case "xml":
		return writeXML(s.out, ans)
	case "paths":
		s.writePaths(ans)
	case "pack":
		return s.writePack(packOptions(o).Budget, ans, found)
	default:
		s.printHits(ans)
	}
	return nil
}
