"""Tokenizes for the tests: one JSON request a line in, one JSON answer a line out.

A request names a tokenizer.json, holds texts or pairs of texts as base64 of their bytes, and how to
cut them. The answer is a digest of each encoding's ids and type ids, or with "detail" the encodings.
"""
import base64, hashlib, json, sys, time
from array import array
from tokenizers import Tokenizer

loaded = {}


def tokenizer(path):
    if path not in loaded:
        loaded[path] = Tokenizer.from_file(path)
    t = loaded[path]
    t.no_truncation()
    t.no_padding()
    return t


def text(item):
    return base64.b64decode(item).decode("utf-8", "replace")


def digest(e):
    data = array("I", e.ids).tobytes() + array("I", e.type_ids).tobytes()
    return hashlib.md5(data).hexdigest()


def byte_offsets(e, texts):
    """Offsets count characters; the tests want bytes of the text as given."""
    starts = []
    for s in texts:
        at = [0]
        for c in s:
            at.append(at[-1] + len(c.encode()))
        starts.append(at)
    return [
        [0, 0] if s is None else [starts[s][lo], starts[s][hi]]
        for s, (lo, hi) in zip(e.sequence_ids, e.offsets)
    ]


def answer(q):
    t = tokenizer(q["path"])
    t.encode_special_tokens = q.get("plain", False)
    if q.get("max"):
        t.enable_truncation(q["max"], strategy=q.get("strategy") or "longest_first", direction="left" if q.get("left") else "right")
    items = [tuple(map(text, i)) if isinstance(i, list) else text(i) for i in q["texts"]]
    special = q.get("special", False)
    if q.get("time"):  # the fastest way on one thread: no offsets, one text after the other
        start = time.perf_counter()
        for i in items:
            t.encode_batch_fast([i], add_special_tokens=special)
        return time.perf_counter() - start
    if q.get("max"):  # some cannot be cut, so one by one
        out = []
        for i in items:
            try:
                out.append(t.encode(*i, add_special_tokens=special) if isinstance(i, tuple) else t.encode(i, add_special_tokens=special))
            except BaseException as e:
                out.append(None)
    elif q.get("detail") or isinstance(items[0], tuple):  # encode_batch_fast loses type ids
        out = t.encode_batch(items, add_special_tokens=special)
    else:
        out = t.encode_batch_fast(items, add_special_tokens=special)
    if not q.get("detail"):
        return [None if e is None else digest(e) for e in out]
    return [
        None if e is None else dict(ids=e.ids, types=e.type_ids, tokens=e.tokens,
                   offsets=byte_offsets(e, i if isinstance(i, tuple) else (i,)))
        for e, i in zip(out, items)
    ]


for line in sys.stdin:
    q = json.loads(line)
    try:
        reply = dict(encodings=answer(q))
    except BaseException as e:
        reply = dict(error=f"{type(e).__name__}: {e}")
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()
