"""Trains Unigram tokenizers with sentencepiece and writes them as tokenizer.json, each laid out
like a family of published models: train.py OUT_DIR.

The text is Django's translations: the same phrases in a hundred languages and all scripts in use.
"""
import base64, glob, json, os, re, sys
import django, sentencepiece as spm

SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]


def lines():
    found = set()
    root = os.path.dirname(django.__file__)
    for path in sorted(glob.glob(root + "/**/*.po", recursive=True)):
        text = open(path, encoding="utf-8").read()
        for msg in re.findall(r'^msg\w+(?:\[\d\])? ((?:".*"\n)+)', text, re.M):
            whole = "".join(re.findall(r'"(.*)"\n', msg)).replace("\\n", " ").replace('\\"', '"').strip()
            if whole:
                found.add(whole)
    return sorted(found)


def field(message, number):
    """The bytes of a length-delimited field of a protobuf message."""
    i = 0

    def varint():
        nonlocal i
        value = shift = 0
        while True:
            b = message[i]
            i += 1
            value |= (b & 127) << shift
            shift += 7
            if b < 128:
                return value

    while i < len(message):
        tag = varint()
        kind = tag & 7
        if kind == 2:
            size = varint()
            i += size
            if tag >> 3 == number:
                return message[i - size:i]
        elif kind == 0:
            varint()
        else:
            i += {1: 8, 5: 4}[kind]
    return b""


def train(out, size, rule, **extra):
    prefix = os.path.join(out, f"sp-{size}-{rule}")
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(lines()), model_prefix=prefix, vocab_size=size, model_type="unigram",
        normalization_rule_name=rule, character_coverage=0.9995, num_threads=2, hard_vocab_limit=False,
        minloglevel=2, **extra)
    model = open(prefix + ".model", "rb").read()
    sp = spm.SentencePieceProcessor(model_proto=model)
    pieces = [[sp.id_to_piece(i), sp.get_score(i)] for i in range(sp.get_piece_size())]
    charsmap = base64.b64encode(field(field(model, 3), 2)).decode()
    return pieces, charsmap


def added(id, content, **on):
    flags = dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
    return dict(id=id, content=content, **{**flags, **on})


def roberta(pieces):
    """XLM-RoBERTa's numbering: four specials, the pieces without sentencepiece's three, the mask."""
    vocab = [[s, 0.0] for s in SPECIALS] + pieces[3:] + [["<mask>", 0.0]]
    tokens = [added(i, s) for i, s in enumerate(SPECIALS)] + [added(len(vocab) - 1, "<mask>", lstrip=True)]
    special = {s: dict(id=s, ids=[i], tokens=[s]) for i, s in enumerate(SPECIALS)}
    put = lambda s: {"SpecialToken": {"id": s, "type_id": 0}}
    seq = lambda s: {"Sequence": {"id": s, "type_id": 0}}
    template = dict(
        type="TemplateProcessing", single=[put("<s>"), seq("A"), put("</s>")],
        pair=[put("<s>"), seq("A"), put("</s>"), put("</s>"), seq("B"), put("</s>")],
        special_tokens={s: special[s] for s in ("<s>", "</s>")})
    return dict(vocab=vocab, unk_id=3), tokens, template


def write(out, name, model, tokens, normalizer, pre, template):
    doc = dict(version="1.0", truncation=None, padding=None, added_tokens=tokens, normalizer=normalizer,
               pre_tokenizer=pre, post_processor=template, decoder=None, model=dict(type="Unigram", **model))
    with open(os.path.join(out, name + ".json"), "w", encoding="utf-8") as f:
        json.dump(doc, f, ensure_ascii=False)


def main(out):
    meta = dict(type="Metaspace", replacement="\u2581", add_prefix_space=True)
    words = dict(type="Sequence", pretokenizers=[dict(type="WhitespaceSplit"), meta])
    spaces = dict(type="Replace", pattern={"Regex": " {2,}"}, content=" ")

    pieces, table = train(out, 32000, "nmt_nfkc")
    table = dict(type="Precompiled", precompiled_charsmap=table)
    write(out, "bge-m3", *roberta(pieces)[:2], table, words, roberta(pieces)[2])
    pieces, _ = train(out, 60000, "nmt_nfkc")
    write(out, "bge-reranker", *roberta(pieces)[:2], dict(type="Sequence", normalizers=[table, spaces]),
          dict(type="Metaspace", replacement="\u2581", prepend_scheme="always", split=True), roberta(pieces)[2])

    pieces, table = train(out, 8000, "nmt_nfkc_cf", byte_fallback=True)
    model = dict(vocab=pieces, unk_id=0, byte_fallback=True)
    tokens = [added(i, pieces[i][0]) for i in range(3)] + [
        added(len(pieces), "[Name]", normalized=True, special=False, single_word=True),
        added(len(pieces) + 1, "<extra>", rstrip=True, lstrip=True)]
    lower = dict(type="Sequence", normalizers=[
        dict(type="Replace", pattern={"String": "``"}, content='"'),
        dict(type="Replace", pattern={"String": "''"}, content='"'),
        dict(type="NFKD"), dict(type="StripAccents"), dict(type="Lowercase"),
        dict(type="Precompiled", precompiled_charsmap=table)])
    write(out, "albert", model, tokens, lower, words, None)
    write(out, "llama", model, tokens, dict(type="Sequence", normalizers=[
        dict(type="Prepend", prepend="\u2581"), dict(type="Replace", pattern={"String": " "}, content="\u2581")]), None, None)
    write(out, "first", model, tokens, dict(type="Sequence", normalizers=[dict(type="Nmt"), dict(type="NFC"), dict(type="Strip", strip_left=True, strip_right=False)]),
          dict(type="Metaspace", replacement="\u2581", prepend_scheme="first", split=False), None)


if __name__ == "__main__":
    main(sys.argv[1])
