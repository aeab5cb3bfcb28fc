"""Serves an ONNX model of BERT's kind with llama.cpp's own server, until the input ends: MODEL.onnx TOKENIZER.json FILE.gguf WEIGHTS CONTEXT [KEY].

It writes the model to FILE, its weights as f32, f16, q8_0 or q4_0, and prints the server's address. Two kinds are known: that of transformers'
exporter (bge-small-en-v1.5: WordPiece, an embedder) and that of testdata/models/generate.py (xlmr: Unigram, a cross-encoder of one logit).
"""
import base64, json, sys

import gguf
import numpy
import onnx
import xllamacpp
from onnx import numpy_helper

T = gguf.TokenType


def weights(graph):
    """Every weight under the name of its layer: exporters rename what they transpose, not the node that uses it."""
    values = {w.name: numpy_helper.to_array(w) for w in graph.initializer}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1].startswith("onnx::"):
            values[node.name.strip("/").removesuffix("/MatMul").replace("/", ".") + ".weight"] = values[node.input[1]]
    return values


def names(layers, exported):
    """(name here, name in GGUF, is a matrix to be transposed)"""
    if exported:
        at, inner, outer, norm, first = "encoder.layer.%d.attention.", "encoder.layer.%d.intermediate.dense", "encoder.layer.%d.output.dense", "encoder.layer.%d.output.LayerNorm", "embeddings.LayerNorm"
        q, out, atnorm = "self.%s", "output.dense", "output.LayerNorm"
    else:
        at, inner, outer, norm, first = "layer.%d.attention.", "layer.%d.inner", "layer.%d.outer", "layer.%d.norm", "embeddings.norm"
        q, out, atnorm = "%s", "output", "norm"
    yield first, "token_embd_norm", False
    for i in range(layers):
        for part, short in (("query", "q"), ("key", "k"), ("value", "v")):
            yield at % i + q % part, "blk.%d.attn_%s" % (i, short), True
        yield at % i + out, "blk.%d.attn_output" % i, True
        yield at % i + atnorm, "blk.%d.attn_output_norm" % i, False
        yield inner % i, "blk.%d.ffn_up" % i, True
        yield outer % i, "blk.%d.ffn_down" % i, True
        yield norm % i, "blk.%d.layer_output_norm" % i, False
    if not exported:
        yield "classifier.dense", "cls", True
        yield "classifier.out", "cls.output", True


def wordpiece(w, tok):
    vocab = sorted(tok["model"]["vocab"], key=tok["model"]["vocab"].get)
    special = {t["content"]: t["id"] for t in tok["added_tokens"]}
    piece = lambda s: s if s in special else s[2:] if s.startswith("##") else "\u2581" + s
    w.add_tokenizer_model("bert")
    w.add_tokenizer_pre("default")
    w.add_token_list([piece(s) for s in vocab])
    w.add_token_types([T.CONTROL if s in special else T.NORMAL for s in vocab])
    w.add_token_type_count(2)
    w.add_unk_token_id(special["[UNK]"])
    w.add_bos_token_id(special["[CLS]"])
    w.add_eos_token_id(special["[SEP]"])
    w.add_sep_token_id(special["[SEP]"])
    w.add_pad_token_id(special["[PAD]"])
    w.add_mask_token_id(special["[MASK]"])


def unigram(w, tok):
    vocab, special = tok["model"]["vocab"], {t["content"]: t["id"] for t in tok["added_tokens"]}
    kind = lambda s: T.UNKNOWN if s == "<unk>" else T.CONTROL if s in special else T.NORMAL
    w.add_tokenizer_model("t5")
    w.add_tokenizer_pre("default")
    w.add_token_list([s for s, _ in vocab])
    w.add_token_scores([score for _, score in vocab])
    w.add_token_types([kind(s) for s, _ in vocab])
    w.add_add_space_prefix(True)
    w.add_remove_extra_whitespaces(True)
    w.add_precompiled_charsmap(base64.b64decode(tok["normalizer"]["precompiled_charsmap"]))
    w.add_token_type_count(1)
    w.add_unk_token_id(3)
    w.add_bos_token_id(0)
    w.add_eos_token_id(2)
    w.add_sep_token_id(2)
    w.add_pad_token_id(1)
    w.add_mask_token_id(special["<mask>"])
    w.add_add_bos_token(True)
    w.add_add_eos_token(True)


def convert(model, tokenizer, path, kind):
    values = weights(onnx.load(model).graph)
    tok = json.load(open(tokenizer, encoding="utf-8"))
    exported = "embeddings.LayerNorm.weight" in values
    words = values["embeddings.word_embeddings.weight"]
    layers = 1 + max(int(name.split("layer.")[1].split(".")[0]) for name in values if "layer." in name)
    places = values["embeddings.position_embeddings.weight"][0 if exported else 2:]  # those of XLM-R begin behind its padding
    w = gguf.GGUFWriter(path, "bert")
    w.add_context_length(len(places))
    w.add_embedding_length(words.shape[1])
    w.add_block_count(layers)
    w.add_feed_forward_length(len(next(v for n, v in values.items() if n.endswith("intermediate.dense.bias") or n.endswith("inner.bias"))))
    w.add_head_count(12 if exported else 4)
    w.add_layer_norm_eps(1e-12 if exported else 1e-5)
    w.add_causal_attention(False)
    w.add_pooling_type(gguf.PoolingType.CLS if exported else gguf.PoolingType.RANK)
    (wordpiece if exported else unigram)(w, tok)
    store = gguf.GGMLQuantizationType[kind.upper()]

    def put(name, value, matrix=False):
        value = numpy.ascontiguousarray(value, numpy.float32)
        if matrix and store != gguf.GGMLQuantizationType.F32:
            w.add_tensor(name, gguf.quants.quantize(value, store), raw_dtype=store)
        else:
            w.add_tensor(name, value)

    put("token_embd.weight", words, True)
    put("position_embd.weight", places)
    put("token_types.weight", values.get("embeddings.token_type_embeddings.weight", numpy.zeros((1, words.shape[1]))))
    for name, to, matrix in names(layers, exported):
        value = values[name + ".weight"]
        put(to + ".weight", value.T if matrix else value, matrix and not to.startswith("cls"))
        put(to + ".bias", values[name + ".bias"])
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    return {name for part in w.tensors for name in part}


def main(model, tokenizer, path, kind, context, *keys):
    written = convert(model, tokenizer, path, kind)
    p = xllamacpp.CommonParams()
    p.model.path, p.model_alias = path, {"real"}
    p.n_parallel, p.n_ctx = 2, 2 * int(context)
    p.n_batch = p.n_ubatch = int(context)
    p.embedding = True
    if "cls.weight" in written:
        p.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_RANK
    p.cpuparams.n_threads = p.cpuparams_batch.n_threads = 1
    p.hostnames, p.port, p.api_keys, p.ui = ["127.0.0.1"], 0, list(keys), False
    server = xllamacpp.Server(p)
    print(server.listening_address, flush=True)
    sys.stdin.read()


main(*sys.argv[1:])
