"""Trains BPE tokenizers on text of a hundred languages and writes them as tokenizer.json, each laid
out like a family of published models: train_bpe.py OUT_DIR."""
import json, os, sys
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers as pre, processors, trainers
from train import added, lines

CL100K = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
          r"\s+(?!\S)|\s+")
QWEN = CL100K.replace("{1,3}", "")
TIKTOKEN = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++|\s*[\r\n]|"
            r"\s+(?!\S)|\s")
UPPER, LOWER, SHORT = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]", r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
O200K = (rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{SHORT}|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{SHORT}|"
         r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
CLIP = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
DEEPSEEK = [r"\p{N}{1,3}", r"[一-龥぀-ゟ゠-ヿ]+",
            r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|"
            r"\s*[\r\n]+|\s+(?!\S)|\s+"]
BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"

SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def train(size, pre_tokenizer, texts, model=None, **extra):
    t = Tokenizer(model or models.BPE())
    t.pre_tokenizer = pre_tokenizer
    extra.setdefault("initial_alphabet", sorted(pre.ByteLevel.alphabet()))
    t.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=size, special_tokens=SPECIALS, show_progress=False, **extra))
    return json.loads(t.to_str())


def part(p):
    return json.loads(p.__getstate__())


def split(pattern, behavior="isolated", invert=False):
    return pre.Split(Regex(pattern), behavior, invert)


def byte_level(**on):
    return pre.ByteLevel(**{**dict(add_prefix_space=False, use_regex=False), **on})


def around(first, last, pair):
    at = lambda s: (s, SPECIALS.index(s))
    return processors.TemplateProcessing(single=f"{first} $A {last}".strip(), pair=pair, special_tokens=[at("<s>"), at("</s>")])


def main(out):
    texts = lines()
    gpt2 = train(16000, pre.ByteLevel(add_prefix_space=False), texts)
    modern = train(24000, pre.Sequence([split(CL100K), byte_level()]), texts)
    words = train(8000, pre.Sequence([split(CLIP, "removed", True), byte_level()]), [s.lower() for s in texts],
                  models.BPE(end_of_word_suffix="</w>"), end_of_word_suffix="</w>")
    plain = train(8000, pre.Split("\u2581", "merged_with_next"), [s.replace(" ", "\u2581") for s in texts],
                  initial_alphabet=[], limit_alphabet=300)

    def write(name, base, model=None, **parts):
        doc = {**base, **{k: part(p) if p is not None and not isinstance(p, list) else p for k, p in parts.items()}}
        doc["model"] = {**doc["model"], **(model or {})}
        with open(os.path.join(out, name + ".json"), "w", encoding="utf-8") as f:
            json.dump(doc, f, ensure_ascii=False)

    spaced = lambda d: [" ".join(m) for m in d["model"]["merges"]]
    tokens = gpt2["added_tokens"]
    mask = tokens[:-1] + [added(4, "<mask>", lstrip=True)]
    sep, cls = ("</s>", 2), ("<s>", 0)
    template = around("<s>", "</s>", "<s> $A </s> $B:1 </s>:1")
    for prefix in (False, True):
        write("roberta-prefix" if prefix else "roberta", gpt2, dict(merges=spaced(gpt2)), added_tokens=mask,
              pre_tokenizer=pre.ByteLevel(add_prefix_space=prefix),
              post_processor=processors.RobertaProcessing(sep, cls, trim_offsets=True, add_prefix_space=prefix))
    write("gpt2", gpt2, pre_tokenizer=pre.ByteLevel(add_prefix_space=True), post_processor=processors.ByteLevel(trim_offsets=True))
    runs = [added(len(gpt2["model"]["vocab"]) + i, " " * (24 - i), normalized=True, special=False) for i in range(22)]
    write("modernbert", gpt2, added_tokens=mask + runs, normalizer=normalizers.NFC(),
          pre_tokenizer=byte_level(use_regex=True), post_processor=template)
    merges = modern["model"]["merges"]
    write("llama3", modern, dict(merges=[m for i, m in enumerate(merges) if i % 40 != 39], ignore_merges=True),
          pre_tokenizer=pre.Sequence([split(CL100K), byte_level()]),
          post_processor=processors.Sequence([processors.ByteLevel(trim_offsets=False), around("<s>", "", "<s> $A <s>:1 $B:1")]))
    write("qwen", modern, normalizer=normalizers.NFC(), pre_tokenizer=pre.Sequence([split(QWEN), byte_level()]),
          post_processor=around("", "</s>", "$A </s> $B </s>"))
    write("tiktoken", modern, pre_tokenizer=pre.Sequence([split(TIKTOKEN), byte_level()]), post_processor=processors.ByteLevel())
    write("o200k", modern, pre_tokenizer=pre.Sequence([split(O200K), byte_level()]), post_processor=processors.ByteLevel())
    write("deepseek", modern, pre_tokenizer=pre.Sequence([*map(split, DEEPSEEK), byte_level()]), post_processor=template)
    write("bloom", modern, pre_tokenizer=pre.Sequence([split(BLOOM), byte_level()]), post_processor=None)
    write("falcon", modern, pre_tokenizer=pre.Sequence([
        pre.Punctuation("contiguous"), byte_level(use_regex=True), pre.Digits(), split("[0-9][0-9][0-9]")]), post_processor=None)
    write("byte-normalizer", modern, normalizer=normalizers.Sequence([normalizers.NFC(), normalizers.ByteLevel()]),
          pre_tokenizer=None, post_processor=None)
    write("clip", words, dict(unk_token="</s>", continuing_subword_prefix=""),
          normalizer=normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]),
          pre_tokenizer=pre.Sequence([split(CLIP, "removed", True), byte_level(use_regex=True)]),
          post_processor=processors.RobertaProcessing(sep, cls, trim_offsets=False, add_prefix_space=False))
    spell = {f"<0x{b:02X}>": len(plain["model"]["vocab"]) + b for b in range(256)}
    gemma = dict(normalizer=normalizers.Replace(" ", "\u2581"), pre_tokenizer=pre.Split(" ", "merged_with_previous"), post_processor=template)
    write("gemma", plain, dict(vocab={**plain["model"]["vocab"], **spell}, unk_token="<unk>", byte_fallback=True, fuse_unk=True), **gemma)
    write("unknown", plain, dict(unk_token="<unk>"), **gemma)
    write("unknown-fused", plain, dict(unk_token="<unk>", fuse_unk=True), **gemma)
    write("dropped", plain, **gemma)


if __name__ == "__main__":
    main(sys.argv[1])
