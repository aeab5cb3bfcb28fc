package main

import (
	"os"
	"testing"

	"amalfa/testdata/assets"
	"amalfa/testdata/llamacpp"
	"amalfa/testdata/testllm"
)

// TestModelServers runs scripts against model servers of others: $SERVER is llama.cpp's with the default model of embeddings, for who has
// $KEY; $OTHER has the same in weights of four bits, and $RERANKER has the cross-encoder of testdata/models/xlmr.
func TestModelServers(t *testing.T) {
	model, tokenizer := assets.Model(t, "bge-small-en-v1.5")
	const xlmr = "testdata/models/xlmr/"
	full := llamacpp.Serve(t, model, tokenizer, "f32", 512, testllm.Canary)
	other := llamacpp.Serve(t, model, tokenizer, "q4_0", 512, testllm.Canary)
	reranker := llamacpp.Serve(t, xlmr+"model.onnx", xlmr+"tokenizer.json", "f32", 128, "")
	runScripts(t, "testdata/script/model-servers", "SERVER="+full.URL, "KEY="+testllm.Canary, "OTHER="+other.URL, "RERANKER="+reranker.URL)
}

// TestModelServer does the same with the server at AMALFA_MODEL_SERVER, which has bge-small-en-v1.5 under that name; docs/model-servers.md
// tells how it was run with those that are too large for every run of the tests.
func TestModelServer(t *testing.T) {
	url := os.Getenv("AMALFA_MODEL_SERVER")
	if url == "" {
		t.Skip("AMALFA_MODEL_SERVER names none")
	}
	runScripts(t, "testdata/script/model-server", "SERVER="+url)
}
