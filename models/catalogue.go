package models

import (
	"cmp"
	"slices"

	"amalfa/models/pinned"
)

// Catalogue returns FastEmbed's dense ONNX text models as of its release 0.9.1 (qdrant/fastembed:fastembed/text/*.py);
// the default comes first. Prefixes are those of the models' own cards. FastEmbed's static models (potion-*) are
// tables of word vectors without an ONNX file, and are not here.
func Catalogue() []Model {
	rows := []Model{bgeSmall()}
	rows = append(rows, cls()...)
	rows = append(rows, oneVector()...)
	rows = append(rows, meanNormalized()...)
	rows = append(rows, mean()...)
	return inEnglish(append(rows, last()...))
}

// What a model reads, as FastEmbed's rows and the models' own cards say.
const (
	english       = "en"
	manyLanguages = "50 or more"
)

// inEnglish says of the rows that name no language that they read English.
func inEnglish(rows []Model) []Model {
	for i := range rows {
		rows[i].Languages = cmp.Or(rows[i].Languages, english)
	}
	return rows
}

const (
	gb = 1_000_000_000

	// uncased is the tokenizer of bert-base-uncased (711,396 bytes), which many models share byte for byte.
	uncased = "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66"

	bgeQuery    = "Represent this sentence for searching relevant passages: "
	stellaQuery = "Instruct: Given a web search query, retrieve relevant passages that answer the query.\nQuery: "
	qwenQuery   = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
)

// bgeSmall is the default model. Its full form is the original fp32 export and its int8 form the one that Maven's
// langchain4j packages carry too; FastEmbed's own file of it (weights in half precision) is used where it lies on disk.
func bgeSmall() Model {
	const (
		repo, revision   = "BAAI/bge-small-en-v1.5", "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a"
		repoQ, revisionQ = "Xenova/bge-small-en-v1.5", "ea104dacec62c0de699686887e3f920caeb4f3e3"
	)
	tokenizer := remote{repo: repo, revision: revision, path: "tokenizer.json", name: tokenizerFile, size: 711396, sha256: uncased}
	fastembeds := pin(onHub("Qdrant/bge-small-en-v1.5-onnx-Q", "model_optimized.onnx"), "52398278842ec682c6f32300af41344b1c0b0bb2",
		pinned.File{SHA256: "51f1bd0addd6e859e42c2c8021a5e5461385bb676a649f4b269aa445449f2431", Size: 66465124}, pinned.File{SHA256: uncased, Size: 711396})[0]
	return Model{
		Name: DefaultName, Languages: english, Weights: 21, Dim: 384, MaxTokens: 512, Pooling: CLS, Normalize: true, QueryPrefix: bgeQuery,
		License: "mit", Bytes: 133_804_886, Verified: true,
		variants: []variant{
			{Full, []remote{{repo: repo, revision: revision, path: "onnx/model.onnx", name: modelFile, size: 133093490,
				sha256: "828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35"}, tokenizer}},
			{Int8, []remote{{repo: repoQ, revision: revisionQ, path: "onnx/model_quantized.onnx", name: modelFile, size: 34014426,
				sha256: "6c9c6101a956d62dfb5e7190c538226c0c5bb9cb27b651234b6df063ee7dbfe4"}, tokenizer}},
			fastembeds,
		},
	}
}

// onHub is the usual row: one variant, not pinned, with the model at a path and the tokenizer at the top.
// An extra path is a file with the weights, which has to keep its name beside the model.
func onHub(repo, path string, extra ...string) []variant {
	at := func(path, name string) remote { return remote{repo: repo, revision: "main", path: path, name: name} }
	files := []remote{at(path, modelFile), at("tokenizer.json", tokenizerFile)}
	for _, p := range extra {
		files = append(files, at(p, baseName(p)))
	}
	return []variant{{Full, files}}
}

// pin gives a row's files their digests at a revision: the model's, then the tokenizer's. Each of these was seen in
// at least two independent public repositories.
func pin(variants []variant, revision string, sums ...pinned.File) []variant {
	for i, sum := range sums {
		f := &variants[0].files[i]
		f.revision, f.sha256, f.size = revision, sum.SHA256, sum.Size
	}
	return variants
}

// cls are the rows of FastEmbed's onnx_embedding.py: the first token's vector, normalised.
func cls() []Model {
	rows := []Model{
		{Name: "BAAI/bge-small-en", Dim: 384, MaxTokens: 512, QueryPrefix: bgeQuery, License: "mit", Bytes: 0.13 * gb, variants: onHub("Qdrant/bge-small-en", "model_optimized.onnx")},
		{Name: "BAAI/bge-base-en", Dim: 768, MaxTokens: 512, QueryPrefix: bgeQuery, License: "mit", Bytes: 0.42 * gb, variants: onHub("Qdrant/fast-bge-base-en", "model_optimized.onnx")},
		{Name: "BAAI/bge-base-en-v1.5", Dim: 768, MaxTokens: 512, QueryPrefix: bgeQuery, License: "mit", Bytes: 0.21 * gb, variants: onHub("Qdrant/bge-base-en-v1.5-onnx-Q", "model_optimized.onnx")},
		{Name: "BAAI/bge-large-en-v1.5", Dim: 1024, MaxTokens: 512, QueryPrefix: bgeQuery, License: "mit", Bytes: 1.20 * gb, variants: onHub("Qdrant/bge-large-en-v1.5-onnx", "model.onnx")},
		{Name: "BAAI/bge-small-zh-v1.5", Languages: "zh", Dim: 512, MaxTokens: 512, QueryPrefix: "为这个句子生成表示以用于检索相关文章：", License: "mit", Bytes: 0.09 * gb, variants: onHub("Qdrant/bge-small-zh-v1.5", "model_optimized.onnx")},
		{Name: "mixedbread-ai/mxbai-embed-large-v1", Dim: 1024, MaxTokens: 512, QueryPrefix: bgeQuery, License: "apache-2.0", Bytes: 0.64 * gb, variants: onHub("mixedbread-ai/mxbai-embed-large-v1", "onnx/model.onnx")},
		{Name: "snowflake/snowflake-arctic-embed-xs", Dim: 384, MaxTokens: 512, QueryPrefix: bgeQuery, License: "apache-2.0", Bytes: 0.09 * gb, variants: onHub("Snowflake/snowflake-arctic-embed-xs", "onnx/model.onnx")},
		{Name: "snowflake/snowflake-arctic-embed-s", Dim: 384, MaxTokens: 512, QueryPrefix: bgeQuery, License: "apache-2.0", Bytes: 0.13 * gb, variants: onHub("Snowflake/snowflake-arctic-embed-s", "onnx/model.onnx")},
		{Name: "snowflake/snowflake-arctic-embed-m", Dim: 768, MaxTokens: 512, QueryPrefix: bgeQuery, License: "apache-2.0", Bytes: 0.43 * gb, variants: onHub("Snowflake/snowflake-arctic-embed-m", "onnx/model.onnx")},
		{Name: "snowflake/snowflake-arctic-embed-m-long", Dim: 768, MaxTokens: 2048, QueryPrefix: bgeQuery, License: "apache-2.0", Bytes: 0.54 * gb, variants: onHub("Snowflake/snowflake-arctic-embed-m-long", "onnx/model.onnx")},
		{Name: "snowflake/snowflake-arctic-embed-l", Dim: 1024, MaxTokens: 512, QueryPrefix: bgeQuery, License: "apache-2.0", Bytes: 1.02 * gb, variants: onHub("Snowflake/snowflake-arctic-embed-l", "onnx/model.onnx")},
		{Name: "jinaai/jina-clip-v1", Dim: 768, MaxTokens: 8192, License: "apache-2.0", Bytes: 0.55 * gb, variants: onHub("jinaai/jina-clip-v1", "onnx/text_model.onnx")},
		{Name: "Qdrant/constella-zero", Dim: 1024, MaxTokens: 512, License: "mit", Bytes: 0.03 * gb, variants: onHub("Qdrant/constella-zero", "model.onnx")},
		{Name: "Qdrant/stella-en-400M-v5-doc-onnx", Dim: 1024, MaxTokens: 512, QueryPrefix: stellaQuery, License: "mit", Bytes: 1.75 * gb, variants: onHub("Qdrant/stella-en-400M-v5-doc-onnx", "model.onnx")},
	}
	return pooled(rows, CLS, true)
}

// oneVector are the rows whose ONNX output is a vector already (clip_embedding.py, siglip_embedding.py,
// builtin_sentence_embedding.py). FastEmbed normalises SigLIP's and leaves the others as they come.
func oneVector() []Model {
	rows := []Model{
		{Name: "Qdrant/clip-ViT-B-32-text", Dim: 512, MaxTokens: 77, License: "mit", Bytes: 0.25 * gb, variants: onHub("Qdrant/clip-ViT-B-32-text", "model.onnx")},
		{Name: "google/siglip2-base-patch16-224", Languages: manyLanguages, Weights: 85, Dim: 768, MaxTokens: 64, Normalize: true, Output: "pooler_output", License: "apache-2.0", Bytes: 1.13 * gb, variants: onHub("onnx-community/siglip2-base-patch16-224-ONNX", "onnx/text_model.onnx")},
		{Name: "google/embeddinggemma-300m", Languages: manyLanguages, Weights: 106, Dim: 768, MaxTokens: 2048, Output: "sentence_embedding", QueryPrefix: "task: search result | query: ", PassagePrefix: "title: none | text: ", License: "gemma", Bytes: 1.24 * gb, variants: onHub("onnx-community/embeddinggemma-300m-ONNX", "onnx/model.onnx", "onnx/model.onnx_data")},
		{Name: "ibm-granite/granite-embedding-small-english-r2", Dim: 384, MaxTokens: 8192, Output: "sentence_embedding", License: "apache-2.0", Bytes: 0.18 * gb, variants: onHub("onnx-community/granite-embedding-small-english-r2-ONNX", "onnx/model.onnx", "onnx/model.onnx_data")},
	}
	for i := range rows {
		rows[i].Pooling = None
	}
	return rows
}

// meanNormalized are the rows of pooled_normalized_embedding.py and multitask_embedding.py.
func meanNormalized() []Model {
	rows := []Model{
		{Name: "sentence-transformers/all-MiniLM-L6-v2", Dim: 384, MaxTokens: 256, License: "apache-2.0", Bytes: 0.09 * gb, variants: pin(onHub("Qdrant/all-MiniLM-L6-v2-onnx", "model.onnx"), "5f1b8cd78bc4fb444dd171e59b18f3a3af89a079",
			pinned.File{SHA256: "bbd7b466f6d58e646fdc2bd5fd67b2f5e93c0b687011bd4548c420f7bd46f0c5", Size: 90387630},
			pinned.File{SHA256: "da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0", Size: 711661})},
		{Name: "jinaai/jina-embeddings-v2-base-en", Dim: 768, MaxTokens: 8192, License: "apache-2.0", Bytes: 0.52 * gb, variants: onHub("Xenova/jina-embeddings-v2-base-en", "onnx/model.onnx")},
		{Name: "jinaai/jina-embeddings-v2-small-en", Dim: 512, MaxTokens: 8192, License: "apache-2.0", Bytes: 0.12 * gb, variants: onHub("Xenova/jina-embeddings-v2-small-en", "onnx/model.onnx")},
		{Name: "jinaai/jina-embeddings-v2-base-de", Languages: "de, en", Dim: 768, MaxTokens: 8192, License: "apache-2.0", Bytes: 0.64 * gb, variants: onHub("jinaai/jina-embeddings-v2-base-de", "onnx/model.onnx")},
		{Name: "jinaai/jina-embeddings-v2-base-code", Dim: 768, MaxTokens: 8192, License: "apache-2.0", Bytes: 0.64 * gb, variants: onHub("jinaai/jina-embeddings-v2-base-code", "onnx/model.onnx")},
		{Name: "jinaai/jina-embeddings-v2-base-zh", Languages: "zh, en", Dim: 768, MaxTokens: 8192, License: "apache-2.0", Bytes: 0.64 * gb, variants: onHub("jinaai/jina-embeddings-v2-base-zh", "onnx/model.onnx")},
		{Name: "jinaai/jina-embeddings-v2-base-es", Languages: "es, en", Dim: 768, MaxTokens: 8192, License: "apache-2.0", Bytes: 0.64 * gb, variants: onHub("jinaai/jina-embeddings-v2-base-es", "onnx/model.onnx")},
		{Name: "thenlper/gte-base", Dim: 768, MaxTokens: 512, License: "mit", Bytes: 0.44 * gb, variants: onHub("thenlper/gte-base", "onnx/model.onnx")},
		{Name: "thenlper/gte-large", Dim: 1024, MaxTokens: 512, License: "mit", Bytes: 1.20 * gb, variants: onHub("Qdrant/gte-large-onnx", "model.onnx")},
		{Name: "Qdrant/constella-nano", Dim: 1024, MaxTokens: 512, License: "mit", Bytes: 0.14 * gb, variants: onHub("Qdrant/constella-nano", "model.onnx")},
		{Name: "jinaai/jina-embeddings-v3", Languages: manyLanguages, Weights: 302, Dim: 1024, MaxTokens: 8192, TaskInput: "task_id", QueryTask: 0, PassageTask: 1, License: "cc-by-nc-4.0", Bytes: 2.29 * gb, variants: onHub("jinaai/jina-embeddings-v3", "onnx/model.onnx", "onnx/model.onnx_data")},
	}
	return pooled(rows, Mean, true)
}

// mean are the rows of pooled_embedding.py, which FastEmbed does not normalise.
func mean() []Model {
	const nomicQuery, nomicPassage = "search_query: ", "search_document: "
	rows := []Model{
		{Name: "nomic-ai/nomic-embed-text-v1.5", Dim: 768, MaxTokens: 8192, QueryPrefix: nomicQuery, PassagePrefix: nomicPassage, License: "apache-2.0", Bytes: 0.52 * gb, variants: pin(onHub("nomic-ai/nomic-embed-text-v1.5", "onnx/model.onnx"), "e9b6763023c676ca8431644204f50c2b100d9aab",
			pinned.File{SHA256: "147d5aa88c2101237358e17796cf3a227cead1ec304ec34b465bb08e9d952965", Size: 547310275}, pinned.File{SHA256: uncased, Size: 711396})},
		{Name: "nomic-ai/nomic-embed-text-v1.5-Q", Dim: 768, MaxTokens: 8192, QueryPrefix: nomicQuery, PassagePrefix: nomicPassage, License: "apache-2.0", Bytes: 0.13 * gb, variants: pin(onHub("nomic-ai/nomic-embed-text-v1.5", "onnx/model_quantized.onnx"), "e9b6763023c676ca8431644204f50c2b100d9aab",
			pinned.File{SHA256: "b4342336debaea79de872370664b0aaeb67dea4605513d00ee236ea871a81f27", Size: 137296292}, pinned.File{SHA256: uncased, Size: 711396})},
		{Name: "nomic-ai/nomic-embed-text-v1", Dim: 768, MaxTokens: 8192, QueryPrefix: nomicQuery, PassagePrefix: nomicPassage, License: "apache-2.0", Bytes: 0.52 * gb, variants: onHub("nomic-ai/nomic-embed-text-v1", "onnx/model.onnx")},
		{Name: "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2", Languages: manyLanguages, Weights: 21, Dim: 384, MaxTokens: 128, License: "apache-2.0", Bytes: 0.22 * gb, variants: onHub("Qdrant/paraphrase-multilingual-MiniLM-L12-v2-onnx-Q", "model_optimized.onnx")},
		{Name: "sentence-transformers/paraphrase-multilingual-mpnet-base-v2", Languages: manyLanguages, Weights: 85, Dim: 768, MaxTokens: 512, License: "apache-2.0", Bytes: 1.00 * gb, variants: onHub("Xenova/paraphrase-multilingual-mpnet-base-v2", "onnx/model.onnx")},
		{Name: "intfloat/multilingual-e5-large", Languages: manyLanguages, Weights: 302, Dim: 1024, MaxTokens: 512, QueryPrefix: "query: ", PassagePrefix: "passage: ", License: "mit", Bytes: 2.24 * gb, variants: onHub("Qdrant/multilingual-e5-large-onnx", "model.onnx", "model.onnx_data")},
	}
	return pooled(rows, Mean, false)
}

// last are the rows of last_token_normalized_embedding.py.
func last() []Model {
	rows := []Model{
		{Name: "Qwen/Qwen3-Embedding-0.6B", Languages: manyLanguages, Weights: 440, Dim: 1024, MaxTokens: 32768, QueryPrefix: qwenQuery, License: "apache-2.0", Bytes: 2.38 * gb, variants: onHub("Qdrant/Qwen3-Embedding-0.6B-onnx", "onnx/model.onnx", "onnx/model.onnx_data")},
		{Name: "Qwen/Qwen3-Embedding-0.6B-Q", Languages: manyLanguages, Weights: 440, Dim: 1024, MaxTokens: 32768, QueryPrefix: qwenQuery, License: "apache-2.0", Bytes: 1.12 * gb, variants: onHub("Qdrant/Qwen3-Embedding-0.6B-onnx", "onnx/model_quantized.onnx")},
	}
	return pooled(rows, Last, true)
}

func pooled(rows []Model, pooling string, normalize bool) []Model {
	for i := range rows {
		rows[i].Pooling, rows[i].Normalize = pooling, normalize
	}
	return rows
}

// DefaultReranker is the model that scores pairs when the settings name none.
const DefaultReranker = "BAAI/bge-reranker-v2-m3"

// Rerankers returns the models that score a question with a passage; the default comes first. They are FastEmbed's
// cross-encoders as of its release 0.9.1 (qdrant/fastembed:fastembed/rerank/cross_encoder), and others of the same
// two families. Forms in other precisions are those that the same publisher, or Xenova, exported.
func Rerankers() []Model {
	rows := []Model{
		bgeRerankerV2M3(),
		{Name: "BAAI/bge-reranker-base", Languages: "zh, en", MaxTokens: 512, License: "mit", Bytes: 1.04 * gb,
			variants: slices.Concat(onHub("BAAI/bge-reranker-base", "onnx/model.onnx"), as(Int8, onHub("Xenova/bge-reranker-base", "onnx/model_quantized.onnx")))},
		{Name: "BAAI/bge-reranker-large", Languages: "zh, en", MaxTokens: 512, License: "mit", Bytes: 2.24 * gb,
			variants: slices.Concat(onHub("BAAI/bge-reranker-large", "onnx/model.onnx", "onnx/model.onnx_data"), as(Int8, onHub("Xenova/bge-reranker-large", "onnx/model_quantized.onnx")))},
		{Name: "jinaai/jina-reranker-v2-base-multilingual", Languages: manyLanguages, MaxTokens: 1024, License: "cc-by-nc-4.0", Bytes: 1.11 * gb,
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
	return inEnglish(rows)
}

func bgeRerankerV2M3() Model {
	const repo, revision = "onnx-community/bge-reranker-v2-m3-ONNX", "6f5ff65298512715a1e669753bc754d2bc8f367b"
	return Model{Name: DefaultReranker, Languages: manyLanguages, MaxTokens: 8192, License: "apache-2.0", Bytes: 2.27 * gb, variants: slices.Concat(
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
