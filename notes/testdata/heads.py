"""Reads heads by other people's parsers: one JSON object a line, {"format", "before", "after"}.

Prints for each what the head before says, as {key: [texts]}, and whether the one after says the same and has one tag more.
"""
import io
import json
import re
import sys

import ruamel.yaml
import tomli
import yaml


def flat(value, name="", into=None):
    """The scalars of a document by their dotted keys, in lower case."""
    into = {} if into is None else into
    if isinstance(value, dict):
        for key, below in value.items():
            flat(below, f"{name}.{key}".lstrip(".").lower(), into)
    elif isinstance(value, list):
        for item in value:
            flat(item, name, into)
    elif value not in ("", None):
        into.setdefault(name, []).append(value if isinstance(value, str) else json.dumps(value, default=str).strip('"'))
    return into


def ruamel_yaml(text):
    return ruamel.yaml.YAML(typ="safe", pure=True).load(io.StringIO(text))


class Written(yaml.BaseLoader):
    """Leaves scalars as they are written, but for what YAML calls null."""


Written.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
Written.add_constructor("tag:yaml.org,2002:null", lambda loader, node: None)


READERS = {
    "---": [yaml.safe_load, ruamel_yaml],
    "+++": [tomli.loads],
    "{": [json.loads],
}


def strings(fmt, text):
    """All values as they are written, where the parser can leave them so."""
    if fmt == "---":
        return yaml.load(text, Loader=Written)
    return READERS[fmt][0](text)


def tags(document):
    document = {key.lower(): value for key, value in (document or {}).items()}
    holder = document if "tags" in document or "taxonomies" not in document else document["taxonomies"]
    found = holder.pop("tags", None)
    if isinstance(found, str):
        found = [w for w in (found.split(",") if "," in found else found.split())]
    return [str(t).strip() for t in found or []], document


def edited(fmt, before, after, tag):
    for read in READERS[fmt]:
        old, rest = tags(read(before))
        new, rest_after = tags(read(after))
        if new != old + [tag]:
            return f"{read.__name__}: tags {old} became {new}"
        if rest != rest_after:
            return f"{read.__name__}: {rest} became {rest_after}"
    return ""


def answer(case):
    try:
        return {
            "said": flat(strings(case["format"], case["before"])),
            "edit": edited(case["format"], case["before"], case["after"], case["tag"]),
        }
    except Exception as err:  # of three libraries
        return {"said": {}, "edit": f"{type(err).__name__}: {err}"}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))
