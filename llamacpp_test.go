package main

import (
	"testing"

	"amalfa/testdata/llamacpp"
	"amalfa/testdata/testllm"
)

// TestLlamaCpp runs scripts against llama.cpp's own server: $LLAMA wants the key $LLAMA_KEY, answers in 60 tokens and holds 16,384;
// $LLAMA_SMALL holds 512 only, $LLAMA_ENDLESS goes on for minutes.
func TestLlamaCpp(t *testing.T) {
	usual := llamacpp.Start(t, llamacpp.Options{Context: 16 << 10, Answer: 60, Key: testllm.Canary})
	small := llamacpp.Start(t, llamacpp.Options{Context: 512, Answer: 60})
	endless := llamacpp.Start(t, llamacpp.Options{Context: 64 << 10, Answer: -1})
	runScripts(t, "testdata/script/llamacpp", "LLAMA="+usual.URL+"/v1", "LLAMA_KEY="+testllm.Canary, "LLAMA_SMALL="+small.URL+"/v1",
		"LLAMA_ENDLESS="+endless.URL+"/v1", "LLAMA_METRICS="+endless.URL+"/metrics")
}
