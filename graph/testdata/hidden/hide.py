"""hide.py FOLDER LINKS.json COPY SEED: copies notes without the lines that hold the links of a tenth of the linked pairs."""
import json
import os
import random
import shutil
import sys

tree, links, out, seed = sys.argv[1:]
graph = json.load(open(links))
random.seed(int(seed))
notes = {n["id"] for n in graph["nodes"] if n["kind"] == "note"}
lines = {}  # pair → (note, line) of each link that joins it
for e in graph["edges"]:
    if e["target"] in notes and e["source"] != e["target"] and e["type"] not in ("TAGGED_AS", "EXEMPLIFIES", "FOLLOWS"):
        lines.setdefault(tuple(sorted((e["source"], e["target"]))), []).append((e["source"], e["sourceLine"]))
hidden = random.sample(sorted(lines), max(1, len(lines) // 10))
shutil.copytree(tree, out, ignore=shutil.ignore_patterns(".amalfa"))
for note in {n for pair in hidden for n, _ in lines[pair]}:
    gone = {line for pair in hidden for n, line in lines[pair] if n == note}
    path = os.path.join(out, note)
    text = open(path, encoding="utf-8", errors="surrogateescape", newline="").read().split("\n")
    kept = [line for number, line in enumerate(text, 1) if number not in gone]
    open(path, "w", encoding="utf-8", errors="surrogateescape", newline="").write("\n".join(kept))
json.dump(sorted(hidden), open(out + ".hidden.json", "w"))
