"""Embeds on request, for a benchmark that takes turns with it.

Arguments: a folder as FastEmbed wants it, a file with {name: [texts]}. Reads
one JSON object a line, does it, and prints {"seconds": …}:

  {"texts": name, "from": i, "to": j, "how": "fastembed", "batch": b}
  {"texts": name, "from": i, "to": j, "how": "bare", "batch": b, "threads": t, "workers": w}

Bare is ONNX Runtime alone: texts tokenized beforehand and sorted by length.
"""
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy
import onnxruntime
from fastembed import TextEmbedding
from tokenizers import Tokenizer

folder = sys.argv[1]
texts = json.load(open(sys.argv[2]))
model = TextEmbedding("BAAI/bge-small-en-v1.5", specific_model_path=folder)
tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
tokenizer.enable_truncation(512)
tokenizer.no_padding()
sessions, encoded = {}, {}


def pick(ask):
    return texts[ask["texts"]][ask["from"] : ask["to"]]


def session(threads):
    if threads not in sessions:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        sessions[threads] = onnxruntime.InferenceSession(folder + "/model_optimized.onnx", options, providers=["CPUExecutionProvider"])
    return sessions[threads]


def batches(ask):
    key = (ask["texts"], ask["from"], ask["batch"])
    if key not in encoded:
        rows = sorted((e.ids for e in tokenizer.encode_batch(pick(ask))), key=len, reverse=True)
        made = []
        for i in range(0, len(rows), ask["batch"]):
            part = rows[i : i + ask["batch"]]
            ids = numpy.zeros((len(part), len(part[0])), dtype=numpy.int64)
            mask = numpy.zeros_like(ids)
            for j, row in enumerate(part):
                ids[j, : len(row)] = row
                mask[j, : len(row)] = 1
            made.append({"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)})
        encoded[key] = made
    return encoded[key]


for line in sys.stdin:
    ask = json.loads(line)
    if ask["how"] == "fastembed":
        chosen = pick(ask)
        begin = time.perf_counter()
        n = len(list(model.embed(chosen, batch_size=ask["batch"])))
        assert n == len(chosen)
    else:
        feeds, run = batches(ask), session(ask["threads"]).run
        begin = time.perf_counter()
        with ThreadPoolExecutor(ask["workers"]) as pool:
            list(pool.map(lambda feed: run(None, feed), feeds))
    print(json.dumps({"seconds": time.perf_counter() - begin}), flush=True)
