"""Makes the models that tests and benchmarks run: real attention, fixed random weights.

    generate.py small OUT                     the folders that are committed beside this file, but for
    generate.py embedder OUT                  roberta
    generate.py shape OUT LAYERS WIDTH FROM   one of a true size (12 768, 24 1024); tokenizer of folder FROM

The small ones are xlmr (XLM-RoBERTa: positions counted in the graph, one logit, a sentencepiece-trained tokenizer laid
out as BGE-M3's; fp32, fp16 and int8), bert (token types, one logit, WordPiece) and pair (BERT with two logits, its
weights in a file of their own). roberta makes a vector of each token (RoBERTa: byte-level BPE, mean pooling).

Packages: numpy==2.4.6 onnx==1.23.2, and for small also Django==5.2.19 (text of many languages) onnxruntime==1.32.0
sentencepiece==0.2.3 tokenizers==0.23.3.
"""
import base64, glob, json, os, re, shutil, sys
import numpy as np, onnx
from onnx import TensorProto as T, helper as h, numpy_helper


class Graph:
    """Collects nodes and weights; every weight comes from one seeded generator."""

    def __init__(self, seed):
        self.rng, self.nodes, self.weights, self.n = np.random.default_rng(seed), [], [], 0

    def op(self, kind, *inputs, out=None, **attributes):
        self.n += 1
        out = out or f"v{self.n}"
        self.nodes.append(h.make_node(kind, list(inputs), [out], name=f"n{self.n}", **attributes))
        return out

    def weight(self, name, value):
        self.weights.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def const(self, value, dtype):
        self.n += 1
        return self.weight(f"c{self.n}", np.array(value, dtype))

    def random(self, name, *shape, scale):
        return self.weight(name, (self.rng.standard_normal(shape, dtype=np.float32) * np.float32(scale)))

    def linear(self, x, name, rows, columns, scale=None):
        w = self.random(f"{name}.weight", rows, columns, scale=scale or 1 / np.sqrt(rows))
        b = self.random(f"{name}.bias", columns, scale=0.02)
        return self.op("Add", self.op("MatMul", x, w), b)

    def norm(self, x, name, width):
        one = self.weight(f"{name}.weight", np.ones(width, np.float32))
        zero = self.weight(f"{name}.bias", np.zeros(width, np.float32))
        return self.op("LayerNormalization", x, one, zero, axis=-1, epsilon=1e-5)

    def gelu(self, x):
        erf = self.op("Erf", self.op("Div", x, self.const(np.sqrt(2), np.float32)))
        return self.op("Mul", self.op("Mul", x, self.op("Add", erf, self.const(1, np.float32))), self.const(0.5, np.float32))


def attention(g, x, mask, name, width, heads):
    shape = g.const([0, 0, heads, width // heads], np.int64)

    def split(part, order):
        y = g.linear(x, f"{name}.{part}", width, width)
        return g.op("Transpose", g.op("Reshape", y, shape), perm=order)

    q, k, v = split("query", [0, 2, 1, 3]), split("key", [0, 2, 3, 1]), split("value", [0, 2, 1, 3])
    scores = g.op("Div", g.op("MatMul", q, k), g.const(np.sqrt(width // heads), np.float32))
    seen = g.op("Softmax", g.op("Add", scores, mask), axis=-1)
    y = g.op("Transpose", g.op("MatMul", seen, v), perm=[0, 2, 1, 3])
    return g.linear(g.op("Reshape", y, g.const([0, 0, width], np.int64)), f"{name}.output", width, width)


def roberta_positions(g):
    """Counts the tokens that are not padding (id 1), from 2 on, as transformers' XLM-R does."""
    real = g.op("Cast", g.op("Not", g.op("Equal", "input_ids", g.const(1, np.int64))), to=T.INT64)
    counted = g.op("CumSum", real, g.const(1, np.int64))
    return g.op("Add", g.op("Mul", counted, real), g.const(1, np.int64))


def bert_positions(g):
    length = g.op("Gather", g.op("Shape", "input_ids"), g.const(1, np.int64))
    row = g.op("Range", g.const(0, np.int64), length, g.const(1, np.int64))
    return g.op("Unsqueeze", row, g.const([0], np.int64))


def encoder(g, bert, vocabulary, layers, width, heads, inner, positions):
    """Returns the names of the inputs and of the tokens' vectors."""
    words = g.random("embeddings.word_embeddings.weight", vocabulary, width, scale=1)
    places = g.random("embeddings.position_embeddings.weight", positions, width, scale=0.1)
    x = g.op("Add", g.op("Gather", words, "input_ids"), g.op("Gather", places, (bert_positions if bert else roberta_positions)(g)))
    inputs = ["input_ids", "attention_mask"]
    if bert:
        types = g.random("embeddings.token_type_embeddings.weight", 2, width, scale=0.5)
        x = g.op("Add", x, g.op("Gather", types, "token_type_ids"))
        inputs.append("token_type_ids")
    x = g.norm(x, "embeddings.norm", width)
    hidden = g.op("Sub", g.const(1, np.float32), g.op("Cast", "attention_mask", to=T.FLOAT))
    mask = g.op("Unsqueeze", g.op("Mul", hidden, g.const(-10000, np.float32)), g.const([1, 2], np.int64))
    for i in range(layers):
        x = g.norm(g.op("Add", x, attention(g, x, mask, f"layer.{i}.attention", width, heads)), f"layer.{i}.attention.norm", width)
        y = g.linear(g.gelu(g.linear(x, f"layer.{i}.inner", width, inner)), f"layer.{i}.outer", inner, width)
        x = g.norm(g.op("Add", x, y), f"layer.{i}.norm", width)
    return inputs, x


def model_of(g, name, inputs, output, *shape):
    ports = [h.make_tensor_value_info(name, T.INT64, ["batch", "tokens"]) for name in inputs]
    graph = h.make_graph(g.nodes, name, ports, [h.make_tensor_value_info(output, T.FLOAT, ["batch", *shape])], g.weights)
    return h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)


def embedder(seed, vocabulary, layers, width, heads, inner, positions):
    g = Graph(seed)
    inputs, x = encoder(g, False, vocabulary, layers, width, heads, inner, positions)
    g.op("Identity", x, out="last_hidden_state")
    return model_of(g, "embedder", inputs, "last_hidden_state", "tokens", width)


def cross_encoder(seed, bert, vocabulary, layers, width, heads, inner, positions, labels, spread=1.0):
    g = Graph(seed)
    inputs, x = encoder(g, bert, vocabulary, layers, width, heads, inner, positions)
    first = g.op("Gather", x, g.const(0, np.int64), axis=1)
    y = g.op("Tanh", g.linear(first, "classifier.dense", width, width))
    y = g.linear(y, "classifier.out", width, labels, scale=spread)
    g.op("Identity", y, out="logits")
    return model_of(g, "cross-encoder", inputs, "logits", labels)


def half(model):
    """Keeps the weights and the output in half precision and computes in single, as a CPU would."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    casts = []
    for w in out.graph.initializer:
        values = numpy_helper.to_array(w)
        if values.dtype == np.float32:
            name = w.name
            w.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + ".half"))
            casts.append(h.make_node("Cast", [name + ".half"], [name], to=T.FLOAT))
    last = out.graph.node[-1]
    last.op_type = "Cast"
    last.attribute.append(h.make_attribute("to", T.FLOAT16))
    out.graph.output[0].type.tensor_type.elem_type = T.FLOAT16
    nodes = casts + list(out.graph.node)
    del out.graph.node[:]
    out.graph.node.extend(nodes)
    return out


def dump(path, value):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=False)


def describe(folder, kind, layers, width, positions, longest):
    dump(os.path.join(folder, "config.json"), dict(model_type=kind, num_hidden_layers=layers, hidden_size=width, max_position_embeddings=positions))
    dump(os.path.join(folder, "tokenizer_config.json"), dict(model_max_length=longest))


def lines():
    """The translations that come with Django, of languages in many scripts."""
    import django
    found = set()
    for language in ("ar", "de", "el", "es", "fi", "fr", "hi", "ja", "ko", "pt", "ru", "th", "tr", "vi", "zh_Hans"):
        for path in sorted(glob.glob(f"{os.path.dirname(django.__file__)}/conf/locale/{language}/LC_MESSAGES/django.po")):
            for msg in re.findall(r'^msg\w+(?:\[\d\])? ((?:".*"\n)+)', open(path, encoding="utf-8").read(), re.M):
                whole = "".join(re.findall(r'"(.*)"\n', msg)).replace("\\n", " ").replace('\\"', '"').strip()
                if whole:
                    found.add(whole)
    for path in sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vault", "**", "*.md"), recursive=True)):
        found.update(line.strip() for line in open(path, encoding="utf-8") if line.strip())
    return sorted(found)


def added(id, content, lstrip=False):
    return dict(id=id, content=content, single_word=False, lstrip=lstrip, rstrip=False, normalized=False, special=True)


def unigram(out, size):
    import sentencepiece as spm
    from sentencepiece import sentencepiece_model_pb2 as proto
    prefix = os.path.join(out, "sp")
    spm.SentencePieceTrainer.train(sentence_iterator=iter(lines()), model_prefix=prefix, vocab_size=size, model_type="unigram",
                                   normalization_rule_name="nmt_nfkc", character_coverage=0.9995, num_threads=1, hard_vocab_limit=False, minloglevel=2)
    trained = proto.ModelProto.FromString(open(prefix + ".model", "rb").read())
    for end in (".model", ".vocab"):
        os.remove(prefix + end)
    table = base64.b64encode(trained.normalizer_spec.precompiled_charsmap).decode()
    names = ["<s>", "<pad>", "</s>", "<unk>"]
    vocabulary = [[s, 0.0] for s in names] + [[p.piece, p.score] for p in trained.pieces[3:]] + [["<mask>", 0.0]]
    put = lambda s: {"SpecialToken": {"id": s, "type_id": 0}}
    seq = lambda s: {"Sequence": {"id": s, "type_id": 0}}
    dump(os.path.join(out, "tokenizer.json"), dict(
        version="1.0", truncation=None, padding=None, decoder=None,
        added_tokens=[added(i, s) for i, s in enumerate(names)] + [added(len(vocabulary) - 1, "<mask>", lstrip=True)],
        normalizer=dict(type="Precompiled", precompiled_charsmap=table),
        pre_tokenizer=dict(type="Sequence", pretokenizers=[dict(type="WhitespaceSplit"), dict(type="Metaspace", replacement="\u2581", prepend_scheme="always", split=True)]),
        post_processor=dict(type="TemplateProcessing", single=[put("<s>"), seq("A"), put("</s>")],
                            pair=[put("<s>"), seq("A"), put("</s>"), put("</s>"), seq("B"), put("</s>")],
                            special_tokens={s: dict(id=s, ids=[i], tokens=[s]) for i, s in ((0, "<s>"), (2, "</s>"))}),
        model=dict(type="Unigram", unk_id=3, vocab=vocabulary)))
    return len(vocabulary)


def wordpiece(out, size):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tok = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tok.normalizer, tok.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    tok.train_from_iterator(lines(), trainers.WordPieceTrainer(vocab_size=size, special_tokens=names, show_progress=False, limit_alphabet=800))
    tok.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tok.save(os.path.join(out, "tokenizer.json"), pretty=False)
    return tok.get_vocab_size()


def pairs(out, size):
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors, trainers
    names = ["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True, special=True)]
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.train_from_iterator(lines(), trainers.BpeTrainer(vocab_size=size, special_tokens=names, show_progress=False,
                                                         initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    tok.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    tok.save(os.path.join(out, "tokenizer.json"), pretty=False)
    return tok.get_vocab_size()


def embedding_folder(out):
    os.makedirs(out, exist_ok=True)
    onnx.save(embedder(5, pairs(out, 1500), 2, 32, 4, 64, 130), os.path.join(out, "model.onnx"))
    describe(out, "roberta", 2, 32, 130, 128)


def small(out):
    from onnxruntime.quantization import QuantType, quantize_dynamic
    folder = {}
    for name in ("xlmr", "bert", "pair"):
        folder[name] = os.path.join(out, name)
        os.makedirs(folder[name], exist_ok=True)
    at = lambda name, file="model.onnx": os.path.join(folder[name], file)

    model = cross_encoder(1, False, unigram(folder["xlmr"], 3000), 2, 32, 4, 64, 130, 1)
    onnx.save(model, at("xlmr"))
    onnx.save(half(model), at("xlmr", "model_fp16.onnx"))
    quantize_dynamic(at("xlmr"), at("xlmr", "model_quantized.onnx"), weight_type=QuantType.QInt8)
    describe(folder["xlmr"], "xlm-roberta", 2, 32, 130, 128)

    vocabulary = wordpiece(folder["bert"], 2000)
    onnx.save(cross_encoder(2, True, vocabulary, 2, 32, 4, 64, 128, 1, spread=0.6), at("bert"))
    describe(folder["bert"], "bert", 2, 32, 128, 128)

    shutil.copy(at("bert", "tokenizer.json"), at("pair", "tokenizer.json"))
    onnx.save(cross_encoder(3, True, vocabulary, 1, 16, 2, 32, 128, 2), at("pair"), save_as_external_data=True,
              all_tensors_to_one_file=True, location="model.onnx_data", size_threshold=1024)
    describe(folder["pair"], "bert", 1, 16, 128, 128)


def shape(out, layers, width, source):
    """A model of a true size but for the vocabulary: rows that are looked up cost no time."""
    os.makedirs(out, exist_ok=True)
    shutil.copy(os.path.join(source, "tokenizer.json"), out)
    vocabulary = len(json.load(open(os.path.join(out, "tokenizer.json"), encoding="utf-8"))["model"]["vocab"])
    model = cross_encoder(4, False, vocabulary, layers, width, width // 64, 4 * width, 514, 1, spread=0.1)
    onnx.save(model, os.path.join(out, "model.onnx"), save_as_external_data=True, all_tensors_to_one_file=True, location="model.onnx_data")
    describe(out, "xlm-roberta", layers, width, 514, 512)


if __name__ == "__main__":
    if sys.argv[1] == "small":
        small(sys.argv[2])
    elif sys.argv[1] == "embedder":
        embedding_folder(os.path.join(sys.argv[2], "roberta"))
    else:
        shape(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
