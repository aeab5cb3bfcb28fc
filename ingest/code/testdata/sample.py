#!/usr/bin/python
# comment
"""Module doc."""
import x
@deco(a=1)
def f(a: int = "x",
      b=None) -> str:
    '''Doc of f.

    more'''
    return f"{a!r:>{b}} {'x'}"

class A(B):
    r"""Doc of A."""
    x = """not doc"""
    async def m(self):
        "single"
        pass
