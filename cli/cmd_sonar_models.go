package cli

import (
	"context"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

// A modelsAnswer is `sonar models --json`.
type modelsAnswer struct {
	Models []modelAnswer    `json:"models"`
	Silent []providerAnswer `json:"unreachable"`
}

type modelAnswer struct {
	Name     string  `json:"name"`
	Provider string  `json:"provider"`
	Host     string  `json:"host"`
	Remote   bool    `json:"remote"`
	Used     bool    `json:"used"`
	Why      *string `json:"why"` // it is the one that is used
}

type providerAnswer struct {
	Provider string `json:"provider"`
	Host     string `json:"host"`
	Reason   string `json:"reason"`
}

func (a *program) sonarModelsCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "models", Usage: "list the language models that can be asked",
		Description: "Lists those of the configured server, and of Ollama, LM Studio, llama.cpp and vLLM at their usual ports of this machine,\n" +
			"and marks the one that is used, with the reason.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(0, 0, ""), plain(a, (*session).sonarModels)),
	})
}

func (s *session) sonarModels(ctx context.Context) error {
	all, silent, err := s.LanguageModels(ctx)
	if err != nil {
		return err
	}
	ans := modelsAnswer{[]modelAnswer{}, []providerAnswer{}}
	for _, m := range all {
		ans.Models = append(ans.Models, modelAnswer{m.Name, m.Provider, m.Host, m.Remote, m.Used, ptr(m.Why)})
	}
	for _, p := range silent {
		ans.Silent = append(ans.Silent, providerAnswer(p))
	}
	return s.print(ans, func() {
		cells := [][]string{{"", "MODEL", "PROVIDER", "HOST", "WHERE", "WHY"}}
		for _, m := range all {
			cells = append(cells, []string{used(m), cleanLine(m.Name), m.Provider, m.Host, where(m.Remote), m.Why})
		}
		if len(all) > 0 {
			s.table(cells)
		}
		for _, p := range silent {
			s.line("%s at %s: %s", p.Provider, p.Host, cleanLine(p.Reason))
		}
	})
}

func used(m app.ReachableModel) string {
	if m.Used {
		return "*"
	}
	return ""
}

func where(remote bool) string {
	if remote {
		return "another machine"
	}
	return "this machine"
}
