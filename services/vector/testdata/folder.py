"""Embeds texts with a folder's model and tokenizer, the mean over the tokens, and prints vectors and numbers of tokens.

Arguments: folder, most tokens of a text, file with a JSON list of texts.
"""
import json
import sys

import numpy
import onnxruntime
from tokenizers import Tokenizer

folder, longest, texts = sys.argv[1:]
tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
tokenizer.enable_truncation(int(longest))
session = onnxruntime.InferenceSession(folder + "/model.onnx", providers=["CPUExecutionProvider"])
out = {"vectors": [], "tokens": []}
for text in json.load(open(texts)):
    e = tokenizer.encode(text)
    feed = {"input_ids": e.ids, "attention_mask": e.attention_mask}
    v = session.run(None, {k: numpy.array([x], numpy.int64) for k, x in feed.items()})[0][0].mean(axis=0)
    out["vectors"].append((v / max(numpy.linalg.norm(v), 1e-12)).tolist())
    out["tokens"].append(len(e.ids))
json.dump(out, sys.stdout)
