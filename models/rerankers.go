package models

import (
	"slices"

	"amalfa/models/pinned"
)

// DefaultReranker is the model that scores pairs when the settings name none.
const DefaultReranker = "BAAI/bge-reranker-v2-m3"

// Rerankers returns the models that score a question with a passage; the default comes first. They are FastEmbed's
// cross-encoders as of its release 0.9.1 (qdrant/fastembed:fastembed/rerank/cross_encoder), and others of the same
// two families. Forms in other precisions are those that the same publisher, or Xenova, exported.
func Rerankers() []Model {
	rows := []Model{
		bgeRerankerV2M3(),
		{Name: "BAAI/bge-reranker-base", MaxTokens: 512, License: "mit", Bytes: 1.04 * gb,
			variants: slices.Concat(onHub("BAAI/bge-reranker-base", "onnx/model.onnx"), as(Int8, onHub("Xenova/bge-reranker-base", "onnx/model_quantized.onnx")))},
		{Name: "BAAI/bge-reranker-large", MaxTokens: 512, License: "mit", Bytes: 2.24 * gb,
			variants: slices.Concat(onHub("BAAI/bge-reranker-large", "onnx/model.onnx", "onnx/model.onnx_data"), as(Int8, onHub("Xenova/bge-reranker-large", "onnx/model_quantized.onnx")))},
		{Name: "jinaai/jina-reranker-v2-base-multilingual", MaxTokens: 1024, License: "cc-by-nc-4.0", Bytes: 1.11 * gb,
			variants: slices.Concat(onHub("jinaai/jina-reranker-v2-base-multilingual", "onnx/model.onnx"),
				as(Half, onHub("jinaai/jina-reranker-v2-base-multilingual", "onnx/model_fp16.onnx")),
				as(Int8, onHub("jinaai/jina-reranker-v2-base-multilingual", "onnx/model_quantized.onnx")))},
		{Name: "jinaai/jina-reranker-v1-turbo-en", MaxTokens: 8192, License: "apache-2.0", Bytes: 0.15 * gb,
			variants: onHub("jinaai/jina-reranker-v1-turbo-en", "onnx/model.onnx")},
		{Name: "jinaai/jina-reranker-v1-tiny-en", MaxTokens: 8192, License: "apache-2.0", Bytes: 0.13 * gb,
			variants: onHub("jinaai/jina-reranker-v1-tiny-en", "onnx/model.onnx")},
		{Name: "Xenova/ms-marco-MiniLM-L-12-v2", MaxTokens: 512, License: "apache-2.0", Bytes: 0.12 * gb,
			variants: slices.Concat(onHub("Xenova/ms-marco-MiniLM-L-12-v2", "onnx/model.onnx"), as(Int8, onHub("Xenova/ms-marco-MiniLM-L-12-v2", "onnx/model_quantized.onnx")))},
		miniLM6(),
		{Name: "Xenova/ms-marco-TinyBERT-L-2-v2", MaxTokens: 512, License: "apache-2.0", Bytes: 0.018 * gb,
			variants: slices.Concat(onHub("Xenova/ms-marco-TinyBERT-L-2-v2", "onnx/model.onnx"), as(Int8, onHub("Xenova/ms-marco-TinyBERT-L-2-v2", "onnx/model_quantized.onnx")))},
	}
	for i := range rows {
		rows[i].Kind = Reranker
	}
	return rows
}

func bgeRerankerV2M3() Model {
	const repo, revision = "onnx-community/bge-reranker-v2-m3-ONNX", "6f5ff65298512715a1e669753bc754d2bc8f367b"
	return Model{Name: DefaultReranker, MaxTokens: 8192, License: "apache-2.0", Bytes: 2.27 * gb, variants: slices.Concat(
		onHub(repo, "onnx/model.onnx", "onnx/model.onnx_data"),
		as(Half, onHub(repo, "onnx/model_fp16.onnx")),
		as(Int8, pin(onHub(repo, "onnx/model_int8.onnx"), revision,
			pinned.File{SHA256: "912fc1215c2dbff6499700534bd8d31253af01573861abbfc43afd1fab6cce5d", Size: 570727094},
			pinned.File{SHA256: "8bf8afbfd11306bd872018c53bfdf2e160a56f8edbcf49933324404791c148d3", Size: 17082900})))}
}

// miniLM6 is pinned in its authors' own export; FastEmbed's is another file of the same weights.
func miniLM6() Model {
	tokenizer := pinned.File{SHA256: uncased, Size: 711396}
	return Model{Name: "Xenova/ms-marco-MiniLM-L-6-v2", MaxTokens: 512, License: "apache-2.0", Bytes: 0.09 * gb, variants: slices.Concat(
		pin(onHub("cross-encoder/ms-marco-MiniLM-L6-v2", "onnx/model.onnx"), "c5ee24cb16019beea0893ab7796b1df96625c6b8",
			pinned.File{SHA256: "5d3e70fd0c9ff14b9b5169a51e957b7a9c74897afd0a35ce4bd318150c1d4d4a", Size: 91011230}, tokenizer),
		onHub("Xenova/ms-marco-MiniLM-L-6-v2", "onnx/model.onnx"),
		as(Int8, pin(onHub("Xenova/ms-marco-MiniLM-L-6-v2", "onnx/model_quantized.onnx"), "a09144355adeed5f58c8ed011d209bf8ee5a1fec",
			pinned.File{SHA256: "e9d8ebf845c413e981c175bfe49a3bfa9b3dcce2a3ba54875ee5df5a58639fbe", Size: 23143499}, tokenizer)))}
}

// as gives forms a precision other than Full.
func as(precision string, variants []variant) []variant {
	for i := range variants {
		variants[i].precision = precision
	}
	return variants
}

// all is every model that has a name.
func all() []Model { return append(Catalogue(), Rerankers()...) }
