//go:build cgo

package vector

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"amalfa/inference/embed"
	"amalfa/services"
	"amalfa/testdata/assets"
	"amalfa/testdata/testmodels"
)

// BenchmarkAgainstFastEmbed embeds the same texts with the same fp32 file over
// HTTP, with FastEmbed as it comes, with FastEmbed at its best batch size, and
// with bare ONNX Runtime at its best setting, in one run. The last three take
// turns of a slice of the texts each, so that what else the machine does hits
// them alike. Limits: 2.0 times FastEmbed as it comes, 1.1 times its best, 0.95
// of bare.
func BenchmarkAgainstFastEmbed(b *testing.B) {
	short := testmodels.Cranfield(b).Texts
	texts := map[string][]string{"short": short, "long": longer(short, 300)}
	l := testmodels.Pinned(b, "bge-small-en-v1.5")
	c := newClient(b, serve(b, newEngine(b, l, embed.EngineOptions{}), services.Options{}).URL)
	p := startPython(b, l, texts)
	for _, name := range []string{"short", "long"} {
		b.Run(name, func(b *testing.B) {
			all := texts[name]
			embedAll(b, c, all[:32], embed.Options{}) // the model is loaded
			best, bare := p.bestFastEmbed(b, name), p.bestBare(b, name)
			b.Logf("FastEmbed's best batch size is %d; bare is best with batches of %d, %d threads, %d at once", best.Batch, bare.Batch, bare.Threads, bare.Workers)
			var ours, came, tuned, alone time.Duration
			for b.Loop() {
				came += p.ask(b, turn{Texts: name, To: len(all), How: "fastembed", Batch: 256}) // its default
				for from := 0; from < len(all); from += slice {
					to := min(from+slice, len(all))
					tuned += p.ask(b, best.of(from, to))
					ours += clock(func() { embedAll(b, c, all[from:to], embed.Options{Bulk: true}) })
					alone += p.ask(b, bare.of(from, to))
				}
			}
			n := float64(b.N * len(all))
			b.ReportMetric(n/ours.Seconds(), "http-texts/s")
			b.ReportMetric(n/came.Seconds(), "fastembed-texts/s")
			b.ReportMetric(came.Seconds()/ours.Seconds(), "x-fastembed")
			b.ReportMetric(tuned.Seconds()/ours.Seconds(), "x-fastembed-best")
			b.ReportMetric(alone.Seconds()/ours.Seconds(), "x-bare-best")
		})
	}
}

// slice is how many texts one turn takes: seconds of work.
const slice = 100

// longer joins neighbours until n texts of about 2,000 characters are made,
// which are some 400 tokens.
func longer(texts []string, n int) []string {
	var made []string
	var text strings.Builder
	for _, s := range append(append([]string{}, texts...), texts[7:]...) {
		text.WriteString(s + "\n\n")
		if text.Len() < 2000 {
			continue
		}
		if made = append(made, text.String()); len(made) == n {
			break
		}
		text.Reset()
	}
	return made
}

// A turn is a request to the Python side.
type turn struct {
	Texts   string `json:"texts"`
	From    int    `json:"from"`
	To      int    `json:"to"`
	How     string `json:"how"`
	Batch   int    `json:"batch"`
	Threads int    `json:"threads"`
	Workers int    `json:"workers"`
}

func (t turn) of(from, to int) turn { t.From, t.To = from, to; return t }

// fastEmbed is the reference with what it brings.
const fastEmbed = "fastembed==0.9.1"

// pythonSide is the process that FastEmbed runs in.
type pythonSide struct {
	in  *json.Encoder
	out *bufio.Reader
}

func startPython(b *testing.B, l *testmodels.Loader, texts map[string][]string) *pythonSide {
	b.Helper()
	list := filepath.Join(b.TempDir(), "texts.json")
	testmodels.WriteJSON(b, list, texts)
	cmd := exec.Command(assets.Python(b, fastEmbed), "testdata/fastembed_bench.py", fastEmbedFolder(b, l), list)
	cmd.Env = append(os.Environ(), "HF_HUB_OFFLINE=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	})
	return &pythonSide{json.NewEncoder(in), bufio.NewReader(out)}
}

// fastEmbedFolder lays the model out as FastEmbed wants it.
func fastEmbedFolder(b *testing.B, l *testmodels.Loader) string {
	b.Helper()
	dir := b.TempDir()
	for name, path := range map[string]string{"model_optimized.onnx": l.Files.ModelPath, "tokenizer.json": l.Files.TokenizerPath} {
		from, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		defer from.Close()
		to, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			b.Fatal(err)
		}
		defer to.Close()
		if _, err := io.Copy(to, from); err != nil {
			b.Fatal(err)
		}
	}
	testmodels.WriteJSON(b, filepath.Join(dir, "config.json"), map[string]any{"model_type": "bert", "hidden_size": 384, "max_position_embeddings": 512, "pad_token_id": 0})
	testmodels.WriteJSON(b, filepath.Join(dir, "tokenizer_config.json"), map[string]any{"model_max_length": 512, "pad_token": "[PAD]", "do_lower_case": true, "tokenizer_class": "BertTokenizer"})
	testmodels.WriteJSON(b, filepath.Join(dir, "special_tokens_map.json"), map[string]string{
		"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]"})
	return dir
}

func (p *pythonSide) ask(b *testing.B, t turn) time.Duration {
	b.Helper()
	if err := p.in.Encode(t); err != nil {
		b.Fatal(err)
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		b.Fatal(err)
	}
	var answer struct{ Seconds float64 }
	if err := json.Unmarshal(line, &answer); err != nil {
		b.Fatalf("%v in %s", err, line)
	}
	return time.Duration(answer.Seconds * float64(time.Second))
}

// sample is how many texts are enough to find the best setting.
const sample = 96

func (p *pythonSide) bestFastEmbed(b *testing.B, texts string) turn {
	var all []turn
	for _, batch := range []int{1, 2, 4, 8, 16, 32} {
		all = append(all, turn{Texts: texts, To: sample, How: "fastembed", Batch: batch})
	}
	return p.best(b, all)
}

func (p *pythonSide) bestBare(b *testing.B, texts string) turn {
	var all []turn
	for _, batch := range []int{1, 4, 16} {
		all = append(all,
			turn{Texts: texts, To: sample, How: "bare", Batch: batch, Threads: 1, Workers: runtime.GOMAXPROCS(0)},
			turn{Texts: texts, To: sample, How: "bare", Batch: batch, Threads: runtime.GOMAXPROCS(0), Workers: 1})
	}
	return p.best(b, all)
}

// best is the fastest of settings, each by the better of two turns.
func (p *pythonSide) best(b *testing.B, all []turn) turn {
	least := make([]time.Duration, len(all))
	p.ask(b, all[0]) // what is allocated once is
	for range 2 {
		for i, t := range all {
			if took := p.ask(b, t); least[i] == 0 || took < least[i] {
				least[i] = took
			}
		}
	}
	return all[slices.Index(least, slices.Min(least))]
}
