package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"amalfa/app"
	"amalfa/config"

	"github.com/urfave/cli/v3"
)

func (a *program) configCommand() *cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeUnusable)
	origin := &cli.BoolFlag{Name: "origin", Usage: "say where each value comes from: FILE:LINE:COLUMN, a variable, or default"}
	own := &cli.BoolFlag{Name: "user", Usage: "your own file, for every workspace"}
	project := &cli.BoolFlag{Name: "workspace", Usage: "amalfa.settings.json of the workspace"}
	list := withSettings(a, app.SettingsShown, configFlags, (*session).listSettings)
	verb := func(name, usage, args, about string, least, most int, run func(*session, context.Context, configOptions) error, flags ...cli.Flag) *cli.Command {
		if about != "" {
			about += "\n\n"
		}
		return a.command(cli.Command{
			Name: name, Usage: usage, ArgsUsage: args, Description: about + codes, Flags: flags,
			Action: checked(arguments(least, most, "the name of a setting"), withSettings(a, app.SettingsShown, configFlags, run)),
		})
	}
	group := a.group(cli.Command{Name: "config", Category: categorySelf, Usage: "show and change the settings", Flags: []cli.Flag{origin},
		UsageText:   "amalfa config list search --origin\namalfa config set search.limit 20\namalfa config set --user embeddings.precision int8",
		Description: aboutSettings + "\n\n" + codes}, list)
	group.Commands = []*cli.Command{
		verb("list", "every setting with its value, default and meaning (also without a word)", "[WORD]", "With WORD only those whose name holds it.", 0, 1, (*session).listSettings, origin),
		verb("get", "print the value of one", "KEY", "Exit 1 and nothing printed: it is empty and nobody set it.", 1, 1, (*session).getSetting, origin),
		verb("set", "change one", "KEY VALUE...", "The file keeps its comments, order and format. Without --user or --workspace: the workspace's file for what it may set, else your own. "+
			"A list takes several values, or one with commas.", 2, -1, (*session).setSetting, own, project),
		verb("unset", "take one out of a file", "KEY", "", 1, 1, (*session).unsetSetting, own, project),
		verb("edit", "open a file in $VISUAL or $EDITOR", "", "Your own file without --workspace. What the settings cannot be is said when the editor ends; the file is left as it was, "+
			"and the edit is kept and offered again.", 0, 0, (*session).editSettings, own, project),
		verb("schema", "print the JSON Schema of the files", "", "An editor checks and completes a file that names it: \"$schema\": \"./settings.schema.json\".", 0, 0, (*session).settingsSchema),
	}
	return group
}

// aboutSettings is what the page of the group says.
const aboutSettings = "A flag goes before a variable, that before amalfa.settings.json of the workspace, that before your own file, that before the default. " +
	"A workspace's file may be a stranger's: it sets only what can do no harm. docs/settings.md has all settings and variables, and the names of the earlier system."

type configOptions struct {
	Words         []string
	Origin        bool
	User, Project bool
}

func configFlags(c *cli.Command) configOptions {
	return configOptions{c.Args().Slice(), c.Bool("origin"), c.Bool("user"), c.Bool("workspace")}
}

// A settingAnswer is one setting in `config list --json`.
type settingAnswer struct {
	Key       string       `json:"key"`
	Value     any          `json:"value"`
	Default   any          `json:"default"`
	Kind      string       `json:"kind"`
	Meaning   string       `json:"meaning"`
	Words     []string     `json:"values"`    // it must be one of them; none for any
	Least     *int         `json:"minimum"`   // of a number
	Most      *int         `json:"maximum"`   // of a number
	Origin    originAnswer `json:"origin"`    // of value
	Hidden    []string     `json:"hidden"`    // where it stands too, without effect
	Workspace bool         `json:"workspace"` // it is taken from a workspace's file
	Variables []string     `json:"variables"`
}

type originAnswer struct {
	Kind     string `json:"kind"` // "default", "variable" or "file"
	Variable string `json:"variable"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
}

func newSettingAnswer(v config.Value) settingAnswer {
	ans := settingAnswer{
		Key: v.Path, Value: v.Shown(), Default: v.Default, Kind: v.Kind, Meaning: v.Doc, Words: append([]string{}, v.Words...),
		Origin: originAnswer{"default", v.Origin.Variable, v.Origin.File, v.Origin.Line, v.Origin.Column},
		Hidden: []string{}, Workspace: v.Project, Variables: v.Variables(),
	}
	if v.Kind == "number" {
		ans.Least, ans.Most = &v.Least, &v.Most
	}
	switch {
	case v.Origin.Variable != "":
		ans.Origin.Kind = "variable"
	case v.Origin.File != "":
		ans.Origin.Kind = "file"
	}
	for _, o := range v.Hidden {
		ans.Hidden = append(ans.Hidden, o.String())
	}
	return ans
}

func (s *session) listSettings(_ context.Context, o configOptions) error {
	word := strings.ToLower(strings.Join(o.Words, ""))
	answers, values := []settingAnswer{}, []config.Value{}
	for _, v := range s.Loaded.Values {
		if strings.Contains(strings.ToLower(v.Path), word) {
			answers, values = append(answers, newSettingAnswer(v)), append(values, v)
		}
	}
	if len(values) == 0 {
		return unknownSetting(word)
	}
	err := s.print(map[string]any{"settings": answers, "notes": s.settingsReport()}, func() {
		for _, v := range values {
			s.printSetting(v, o.Origin)
		}
		s.printSettings()
	})
	if len(s.Loaded.Problems) > 0 && err == nil {
		return errQuiet(codeUnusable)
	}
	return err
}

func (s *session) printSetting(v config.Value, origin bool) {
	text := s.bold(v.Path) + " = " + cleanLine(jsonText(v.Shown()))
	if v.Origin != (config.Origin{}) && jsonText(v.Value) != jsonText(v.Default) {
		text += s.faint("  (default " + jsonText(v.Default) + ")")
	}
	s.line("%s", text)
	s.line("    %s", s.faint(meaning(v.Key)))
	if !origin {
		return
	}
	s.line("    from %s", cleanLine(v.Origin.String()))
	for _, o := range v.Hidden {
		s.line("    not from %s", cleanLine(o.String()))
	}
	if !v.Project {
		s.line("    not taken from a workspace's file")
	}
}

// meaning is what a key is for, with what it may be where the words do not say it.
func meaning(k config.Key) string {
	if k.Kind == "number" {
		return fmt.Sprintf("%s (%d to %d)", k.Doc, k.Least, k.Most)
	}
	return k.Doc
}

func jsonText(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // plain data, cannot fail
	return strings.TrimSpace(b.String())
}

func (s *session) getSetting(_ context.Context, o configOptions) error {
	v, ok := s.Loaded.Get(o.Words[0])
	if !ok {
		return unknownSetting(o.Words[0])
	}
	for _, p := range s.Loaded.Problems {
		if p.Name == v.Path {
			return p
		}
	}
	unset := v.Origin == (config.Origin{}) && slices.Contains([]string{`""`, `[]`, `{}`}, jsonText(v.Value))
	text, isText := v.Shown().(string)
	if !isText {
		text = jsonText(v.Value)
	}
	err := s.print(newSettingAnswer(v), func() {
		switch {
		case o.Origin:
			s.line("%s\t%s", cleanLine(v.Origin.String()), cleanLine(text))
		case !unset:
			s.line("%s", cleanLine(text))
		}
	})
	if err == nil && unset {
		return errQuiet(codeFailed)
	}
	return err
}

// unknownSetting refuses a name, with those that may be meant, or with what became of it.
func unknownSetting(name string) error {
	if fate, ok := config.EarlierFate(name); ok {
		return usageError(fmt.Sprintf("%s is not a setting of this program: %s", name, fate), `"amalfa config list" has all`)
	}
	hint := `"amalfa config list" has all`
	if near := config.NearAll(name); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return usageError(fmt.Sprintf("%s is not a setting", cmp.Or(name, `""`)), hint)
}

func (s *session) settingsSchema(context.Context, configOptions) error {
	return s.printJSON(config.Schema())
}
