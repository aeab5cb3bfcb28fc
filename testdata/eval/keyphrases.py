"""Measures what searching with ember's keyphrases gains or loses, on a collection of BEIR's form:

    python3 testdata/eval/keyphrases.py FOLDER [LEAST]

Its documents become notes of a throw-away workspace and home, `amalfa ember scan` and `squash` write their keyphrases into front matter (those of
confidence LEAST at least, 0.5 by default, as ember.minConfidence), everything else that squash wrote goes, and `amalfa eval --compare`
measures the collection without and with them. amalfa is the one of PATH.
"""
import json
import os
import subprocess
import sys
import tempfile

source, least = os.path.abspath(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.5
top = tempfile.mkdtemp(prefix="amalfa-keyphrases-")
env = dict(os.environ, HOME=top, XDG_CONFIG_HOME=top + "/config", AMALFA_STATE_DIR=top + "/state", VECTOR_PORT="0", AMALFA_OFFLINE="1")
notes, enriched = top + "/notes", top + "/with"


def run(*args):
    return subprocess.run(["amalfa", *args], env=env, cwd=notes, check=True, capture_output=True, text=True).stdout


def keyphrases_alone(text):
    if not text.startswith("---\n"):
        return text, False
    head, body = text[4:].split("\n---\n", 1)
    kept = [line for line in head.split("\n") if line.startswith("keyphrases:")]
    return ("---\n" + kept[0] + "\n---\n\n" if kept else "") + body.lstrip("\n"), bool(kept)


for folder in (notes, enriched, top + "/config/amalfa"):
    os.makedirs(folder)
with open(top + "/config/amalfa/settings.json", "w") as f:
    json.dump({"ember": {"minConfidence": least}}, f)
with open(source + "/corpus.jsonl", encoding="utf-8") as f:
    documents = [json.loads(line) for line in f]
for i, d in enumerate(documents):
    title = " ".join(d.get("title", "").split())
    with open(f"{notes}/d{i:06}.md", "w", encoding="utf-8") as f:
        f.write(("# " + title + "\n\n" if title else "") + d["text"] + "\n")
run("init", "--quiet")
run("ember", "scan", "--quiet", "--no-model")
run("ember", "squash", "--quiet")
have = 0
with open(enriched + "/corpus.jsonl", "w", encoding="utf-8") as out:
    for i, d in enumerate(documents):
        with open(f"{notes}/d{i:06}.md", encoding="utf-8") as f:
            text, has = keyphrases_alone(f.read())
        have += has
        out.write(json.dumps({"_id": d["_id"], "title": "", "text": text}) + "\n")
for name in ("qrels.tsv", "queries.jsonl"):
    os.symlink(os.path.join(source, name), os.path.join(enriched, name))
print(f"{have} of {len(documents)} documents have keyphrases of {least} and above")
for name, folder in (("without", source), ("with", enriched)):
    print(name)
    print(run("eval", folder, "--compare"), end="")
run("stop-all", "--all")
