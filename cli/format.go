package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"amalfa/store"

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
func format(c *cli.Command) (string, error) {
	f := c.String("format")
	switch {
	case !slices.Contains(formats, f):
		return "", usageError(fmt.Sprintf("--format has no %q", f), "choose "+strings.Join(formats, ", "))
	case c.IsSet("tokens") && f != "pack":
		return "", usageError("--tokens belongs to --format pack", "")
	case c.IsSet("tokens") && c.Int("tokens") < 1:
		return "", usageError(fmt.Sprintf("--tokens takes 1 or more, not %d", c.Int("tokens")), "")
	case f == "table" && c.Bool("json"):
		return "json", nil
	}
	return f, nil
}

// writeHits writes an answer in one of the formats. Notes about it go to standard error where the format has no place.
func (s *session) writeHits(ctx context.Context, c *cli.Command, st store.Store, as string, ans searchAnswer) error {
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
		return s.writePack(ctx, c, st, ans)
	default:
		s.printHits(ans)
	}
	return nil
}
