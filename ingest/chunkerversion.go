package ingest

import "fmt"

// cutVersion changes whenever the same file is cut, or read, in another way than before.
const cutVersion = 3

// probes are texts of which different tokenizers make different numbers of tokens.
var probes = []string{
	"The internationalization of tide tables, 2026-11-23T08:00Z.", "Die Fähre legt früh um acht an der Mole ab.", "次の会議は金曜日の午後三時に始まります。",
	"func (w *walker) readIgnore(folder, domain string) rules", "unbelievably antidisestablishmentarian preprocessing",
}

// chunkerVersion names all that decides how a file is cut, other than the file: this program, the model's limit and its tokens. A
// file whose record names another one is cut again though it did not change.
func chunkerVersion(o Options) string {
	tokens := make([]int, len(probes))
	for i, p := range probes {
		tokens[i] = o.Count(p)
	}
	return fmt.Sprintf("%d/%d/%d", cutVersion, o.MaxTokens, tokens)
}
