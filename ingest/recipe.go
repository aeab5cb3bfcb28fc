package ingest

// cutVersion changes whenever the same file is cut, or read, in another way than before.
const cutVersion = 4

// probes are texts of which different tokenizers make different numbers of tokens.
var probes = []string{
	"The internationalization of tide tables, 2026-11-23T08:00Z.", "Die Fähre legt früh um acht an der Mole ab.", "次の会議は金曜日の午後三時に始まります。",
	"func (w *walker) readIgnore(folder, domain string) rules", "unbelievably antidisestablishmentarian preprocessing",
}

// recipeFor stands for all that decides how a file is cut, other than the file: this program and the model's limit and tokens.
// A file whose record holds another recipe is cut again though it did not change.
func recipeFor(o Options) int64 {
	h := mix(mix(fnvBasis, cutVersion), uint64(o.MaxTokens))
	for _, p := range probes {
		h = mix(h, uint64(o.Count(p)))
	}
	return int64(h % recipes)
}
