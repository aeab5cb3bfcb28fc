"""Scores pairs with Hugging Face's tokenizers and onnxruntime, one pair a run: reference.py MODEL TOKENIZER < pairs.json.

Reads {"query", "documents", "max"} and prints the rows of logits. The query is kept whole and the document cut.
"""
import json, sys
import numpy as np, onnxruntime as ort
from tokenizers import Tokenizer

options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.log_severity_level = 4
session = ort.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
names = {i.name for i in session.get_inputs()}
asked = json.load(sys.stdin)
tokenizer = Tokenizer.from_file(sys.argv[2])
tokenizer.no_padding()
tokenizer.enable_truncation(asked["max"], strategy="only_second")
rows = []
for document in asked["documents"]:
    e = tokenizer.encode(asked["query"], document)
    feed = {"input_ids": e.ids, "attention_mask": e.attention_mask, "token_type_ids": e.type_ids}
    out = session.run(["logits"], {k: np.array([v], np.int64) for k, v in feed.items() if k in names})[0]
    rows.append([float(x) for x in out[0]])
json.dump(rows, sys.stdout)
