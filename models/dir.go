package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"amalfa/models/pinned"
)

// fileNames are the names that exporters give to a model in a precision, the usual one first.
func fileNames(precision string) []string {
	switch precision {
	case Half:
		return []string{"model_fp16.onnx"}
	case Int8:
		return []string{"model_quantized.onnx", "model_int8.onnx"}
	}
	return []string{modelFile}
}

// inDir returns the path of the model file in a folder, or below it in onnx as on the hub. It need not exist.
func inDir(dir, precision string) string {
	names := fileNames(precision)
	for _, at := range []string{dir, filepath.Join(dir, "onnx")} {
		for _, name := range names {
			if info, err := os.Stat(filepath.Join(at, name)); err == nil && info.Mode().IsRegular() {
				return filepath.Join(at, name)
			}
		}
	}
	return filepath.Join(dir, names[0])
}

// maxConfig bounds the small JSON files beside a model.
const maxConfig = 1 << 20

// looksLikePath tells a folder from a name that is merely not in the catalogue.
func looksLikePath(s string) bool {
	if filepath.IsAbs(s) || strings.HasPrefix(s, ".") {
		return true
	}
	info, err := os.Stat(s)
	return err == nil && info.IsDir()
}

// findDir returns the model in a folder of the user's: model.onnx (model_fp16.onnx, model_quantized.onnx
// for the other precisions), there or below it in onnx, and tokenizer.json. Files that are a catalogue model's are that model; for others the folder's own config.json and
// sentence-transformers' files say the rest, and what they leave out is mean pooling, normalised, 512 tokens.
func findDir(dir, precision string) (Files, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Files{}, err
	}
	paths := []string{inDir(dir, precision), filepath.Join(dir, tokenizerFile)}
	name := filepath.Base(paths[0])
	sums := make([]string, 0, 3)
	for _, path := range paths {
		sum, _, err := pinned.Sum(path)
		if errors.Is(err, fs.ErrNotExist) {
			return Files{}, &MissingError{What: fmt.Sprintf("model in %s (%s)", dir, precision),
				Files: []string{name, tokenizerFile}, Looked: []string{dir}, Put: dir}
		}
		if err != nil {
			return Files{}, fmt.Errorf("model in %s: %w", dir, err)
		}
		sums = append(sums, sum)
	}
	if m, v, ok := bySums(sums); ok {
		return located(m, v, paths, sums), nil
	}
	v := variant{precision: precision, files: []remote{{name: name}, {name: tokenizerFile}}}
	if sum, _, err := pinned.Sum(paths[0] + "_data"); err == nil { // weights of models beyond 2 GB
		v.files, sums = append(v.files, remote{name: name + "_data"}), append(sums, sum)
	}
	m, err := describeDir(dir)
	if err != nil {
		return Files{}, fmt.Errorf("model in %s: %w", dir, err)
	}
	return located(m, v, paths, sums), nil
}

// bySums returns the catalogue's model whose pinned files these are.
func bySums(sums []string) (Model, variant, bool) {
	for _, m := range all() {
		for _, v := range m.variants {
			if v.pinned() && len(v.files) == len(sums) && v.files[0].sha256 == sums[0] && v.files[1].sha256 == sums[1] {
				return m, v, true
			}
		}
	}
	return Model{}, variant{}, false
}

// describeDir reads what the folder says about its model. Every file is optional, but a broken one is an error.
func describeDir(dir string) (Model, error) {
	m := Model{Name: dir, MaxTokens: 512, Pooling: Mean, Normalize: true}
	var config struct {
		Dim int `json:"hidden_size"`
		Max int `json:"max_position_embeddings"`
		// Type tells the RoBERTa family, which leaves its first two positions unused.
		Type string `json:"model_type"`
	}
	var tokenizer struct {
		Max float64 `json:"model_max_length"` // some say 1e30 for "no limit"
	}
	var pooling struct {
		CLS  bool `json:"pooling_mode_cls_token"`
		Last bool `json:"pooling_mode_lasttoken"`
	}
	var sentence struct {
		Prompts map[string]string `json:"prompts"`
	}
	for path, into := range map[string]any{
		"config.json": &config, "tokenizer_config.json": &tokenizer,
		"1_Pooling/config.json": &pooling, "config_sentence_transformers.json": &sentence,
	} {
		if err := readJSON(filepath.Join(dir, filepath.FromSlash(path)), into); err != nil {
			return Model{}, err
		}
	}
	m.Dim = max(0, config.Dim)
	if strings.Contains(config.Type, "roberta") {
		config.Max -= 2
	}
	m.MaxTokens = maxTokens(config.Max, tokenizer.Max)
	switch {
	case pooling.CLS:
		m.Pooling = CLS
	case pooling.Last:
		m.Pooling = Last
	}
	m.QueryPrefix = sentence.Prompts["query"]
	m.PassagePrefix = sentence.Prompts["passage"]
	if m.PassagePrefix == "" {
		m.PassagePrefix = sentence.Prompts["document"]
	}
	return m, nil
}

// maxTokens is the smaller of the two limits that are stated, 512 when none is.
func maxTokens(positions int, tokenizer float64) int {
	const most = 1 << 20
	limit := most
	if positions > 0 && positions < limit {
		limit = positions
	}
	if tokenizer >= 1 && tokenizer < float64(limit) {
		limit = int(tokenizer)
	}
	if limit == most {
		return 512
	}
	return limit
}

// readJSON leaves into alone when there is no such file.
func readJSON(path string, into any) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > maxConfig {
		return fmt.Errorf("%s is not a configuration file", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
