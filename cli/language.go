package cli

import (
	"fmt"
	"math"
	"time"

	"amalfa/app"
)

// A languageAnswer is in `init --json` where init says that the notes are mainly not in the language of the model.
type languageAnswer struct {
	Model       string           `json:"model"`
	NotEnglish  float64          `json:"notEnglish"` // share of the words, 0 to 1
	Passages    int              `json:"passages"`   // to embed again with another model
	VectorBytes int64            `json:"vectorBytes"`
	Choices     []languageChoice `json:"multilingual"`
}

type languageChoice struct {
	Name        string   `json:"name"`
	Bytes       int64    `json:"bytes"`
	Dim         int      `json:"dimensions"`
	MaxTokens   int      `json:"maxTokens"`
	License     string   `json:"license"`
	OnDisk      bool     `json:"onDisk"`
	Seconds     *float64 `json:"seconds"` // to embed all passages, by the pace of the present model; null where that could not be measured
	VectorBytes int64    `json:"vectorBytes"`
}

func newLanguageAnswer(f *app.Foreign) *languageAnswer {
	if f == nil {
		return nil
	}
	ans := &languageAnswer{Model: f.Model, NotEnglish: math.Round(f.Share*100) / 100, Passages: f.Passages, VectorBytes: f.Vectors}
	for _, c := range f.Choices {
		row := languageChoice{Name: c.Name, Bytes: c.Bytes, Dim: c.Dim, MaxTokens: c.MaxTokens, License: c.License, OnDisk: c.Here, VectorBytes: c.Vectors}
		if c.Took > 0 {
			seconds := math.Round(c.Took.Seconds()*10) / 10
			row.Seconds = &seconds
		}
		ans.Choices = append(ans.Choices, row)
	}
	return ans
}

func (s *session) printLanguage(l *languageAnswer) {
	s.line("%s %.0f %% of the text here is not English, and %s reads English: search by words works,", s.amber("!"), 100*l.NotEnglish, l.Model)
	s.line("  search by meaning is weak. These models read most languages:")
	s.line("")
	cells := [][]string{{"  MODEL", "SIZE", "TOKENS", "LICENCE", "HERE", "VECTORS", "EMBEDDING AGAIN"}}
	for _, c := range l.Choices {
		here, took := "-", "-"
		if c.OnDisk {
			here = "yes"
		}
		if c.Seconds != nil {
			took = "about " + roughly(time.Duration(*c.Seconds*float64(time.Second)))
		}
		cells = append(cells, []string{"  " + c.Name, megabytes(c.Bytes), fmt.Sprint(c.MaxTokens), c.License, here, megabytes(c.VectorBytes), took})
	}
	s.table(cells)
	s.line("")
	s.line("  To switch: amalfa models pull NAME, then \"embeddings\": {\"model\": \"NAME\"} in amalfa.settings.json, then")
	s.line("  amalfa init. It embeds %s again (vectors now %s) and cuts them to what the model reads. Until then", count(l.Passages, "passage"), megabytes(l.VectorBytes))
	s.line("  %s answers. This is said once.", l.Model)
	s.line("")
}

// roughly is a duration as one says it.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", math.Max(1, d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}
