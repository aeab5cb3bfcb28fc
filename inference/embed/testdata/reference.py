"""Embeds texts as FastEmbed does, one at a time, and prints the vectors.

Arguments: model file, tokenizer file, file with a JSON list of texts.
"""
import json
import sys

import numpy
import onnxruntime
from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file(sys.argv[2])
tokenizer.enable_truncation(512)
tokenizer.no_padding()
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
vectors = []
for text in json.load(open(sys.argv[3])):
    e = tokenizer.encode(text)
    out = session.run(None, {
        "input_ids": numpy.array([e.ids], dtype=numpy.int64),
        "attention_mask": numpy.array([e.attention_mask], dtype=numpy.int64),
        "token_type_ids": numpy.array([e.type_ids], dtype=numpy.int64),
    })[0]
    v = out[0, 0]
    vectors.append((v / max(numpy.linalg.norm(v), 1e-12)).tolist())
json.dump(vectors, sys.stdout)
