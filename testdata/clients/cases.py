"""Runs the cases of a script and prints what each gave, or how it failed.

Standard input holds one JSON object, which is `given`. A case is a function
that returns what JSON can hold; its exception is an outcome like any other.
"""
import asyncio
import inspect
import json
import sys

given = json.load(sys.stdin)
outcomes = {}
answer, sys.stdout = sys.stdout, sys.stderr  # some print as they like


def case(name):
    def run(do):
        try:
            value = do()
            if inspect.iscoroutine(value):
                value = asyncio.run(value)
            outcomes[name] = {"value": plain(value)}
        except Exception as e:
            outcomes[name] = {"error": failure(e)}
        return do

    return run


def plain(value):
    """What others call a list: arrays of numpy, views, tuples."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def failure(e):
    status = getattr(e, "status_code", None) or getattr(getattr(e, "response", None), "status_code", None)
    said = [str(e), str(getattr(e, "body", "") or ""), getattr(getattr(e, "response", None), "text", "") or ""]
    return {"type": type(e).__name__, "status": status if isinstance(status, int) else 0, "text": "\n".join(said)}


def report():
    json.dump(outcomes, answer)
