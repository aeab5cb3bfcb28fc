"""Prints, as JSON, what the tokenizers library takes each code point for.

It is run by tables_gen_test.go. The library has no function that tells a character's properties,
so each is read off a component that acts on it.
"""
import base64, json, struct, sys
from tokenizers import Regex, Tokenizer, normalizers as n, pre_tokenizers as p

CODES = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def ranges(codes):
    out = []
    for c in codes:
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def having(test):
    return ranges(c for c in CODES if test(chr(c)))


def bert(**on):
    opts = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return n.BertNormalizer(**{**opts, **on}).normalize_str


def pieces(pre):
    return lambda s: [t for t, _ in pre.pre_tokenize_str(s)]


def changes(f):
    return {chr(c): f(chr(c)) for c in CODES if f(chr(c)) != chr(c)}


def combining_classes(nfd):
    """The numbers are ours: only their order matters. 0 is a character that never moves."""
    last, first = "\u0345", "\u0334"  # of the highest and the lowest class
    marks = [c for c in map(chr, CODES)
             if nfd(c) == c and (nfd("a" + last + c) != "a" + last + c or nfd("a" + c + first) != "a" + c + first)]
    marks = sorted(set(marks) | {last, first})

    def after(x, y):  # class of x above that of y
        return nfd("a" + x + y) == "a" + y + x

    ladder = []
    for m in marks:  # insertion by binary search among one mark of each class
        lo, hi = 0, len(ladder)
        while lo < hi:
            mid = (lo + hi) // 2
            ref = ladder[mid][0]
            if after(m, ref):
                lo = mid + 1
            elif after(ref, m):
                hi = mid
            else:
                ladder[mid].append(m)
                break
        else:
            ladder.insert(lo, [m])
    return {m: i + 1 for i, group in enumerate(ladder) for m in group}


def charsmap(codes, to="1"):
    """A Precompiled normalizer that turns each of the code points into one character.

    The table is a double array in which every trie node has a block of 256 units to itself.
    """
    blocks, units = {b"": 0}, [0] * 256
    keys = [chr(c).encode() for c in codes]
    whole = set(keys)

    def block(prefix):
        if prefix not in blocks:
            blocks[prefix] = len(units) // 256
            units.extend([0] * 256)
        return blocks[prefix]

    for key in keys:
        for i in range(1, len(key) + 1):
            block(key[:i])

    def offset(pos, base):
        assert pos ^ base < 1 << 21
        return (pos ^ base) << 10

    # The walk starts at unit 0 and xors its offset, so block 0 serves the root.
    for prefix, b in blocks.items():
        if not prefix:
            continue
        pos = blocks[prefix[:-1]] * 256 ^ prefix[-1]
        leaf = prefix in whole
        units[pos] = prefix[-1] | offset(pos, b * 256) | (1 << 8 if leaf else 0)
        if leaf:
            units[b * 256] = 0x80000000  # value 0: the first string of the pool
    blob = struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units) + to.encode() + b"\0"
    return n.Precompiled(blob).normalize_str


def graphemes():
    """Only clusters under six bytes matter (see grapheme.go), hence the short neighbours."""
    one = charsmap([ord("a")])
    joining = lambda c: c != "a" and one("a" + c) == "1"
    copy = charsmap([0xA9])
    pictures = having(lambda c: "\u200d" in copy("\u00a9\u200d" + c) and one("a\u200d" + c) == "1" + c)
    # \u2122 is a picture; after one that joins it keeps the accent that it would swallow alone.
    sign = charsmap([0x2122])
    extend = having(lambda c: joining(c) and sign("\u00a9" + c + "\u200d\u2122\u0301").endswith("\u0301"))
    # The same with the letter KA, which a linker (\u094d) joins to the consonant before it.
    ka = charsmap([0x915])
    linker = having(lambda c: joining(c) and ka("\u0915" + c + "\u0915\u0301").endswith("\u0301"))
    conjunct = having(lambda c: joining(c) and ka("\u0915\u094d" + c + "\u0915\u0301").endswith("\u0301"))
    # NUL ends a key of the table, so it cannot be asked for; it is a control character.
    prepend, control, consonant = [], [0], []
    step = 0x800
    for lo in range(0, 0x110000, step):
        block = [c for c in range(lo, lo + step) if c and not 0xD800 <= c <= 0xDFFF]
        if not block:
            continue
        norm = charsmap(block)
        # Neighbours outside the block, so that only the code point itself is in the table.
        letter, mark = ("a", "\u0301") if lo else ("\u4e2d", "\u20d0")
        first, link = ("\u0915", "\u094d") if lo != 0x800 else ("\u1000", "\u1039")
        for x in map(chr, block):
            size = len(x.encode())
            if size + len(letter.encode()) < 6 and norm(x + letter) == "1":
                prepend.append(ord(x))
            if size + len(mark.encode()) < 6 and norm(x + mark) == "1" + mark:
                control.append(ord(x))
            if size == 3 and norm(first + link + x + "\u0301") == first + link + "1\u0301" and norm(first + x + "\u0301") == first + "1":
                consonant.append(ord(x))
    return dict(joins=having(joining), extend=extend, pictures=pictures, prepend=ranges(prepend), control=ranges(control),
                consonant=ranges(consonant), linker=linker, conjunct=conjunct)


CATEGORIES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co Cs Cn".split()


def matched(pattern):
    """The code points that a regular expression of one character matches."""
    find, out, step = p.Split(Regex(pattern), "removed", invert=True), [], 0x1000
    for lo in range(0, 0x110000, step):
        block = "".join(chr(c) for c in range(lo, lo + step) if not 0xD800 <= c <= 0xDFFF)
        out += [ord(c) for piece, _ in find.pre_tokenize_str(block) for c in piece] if block else []
    return out


def categories():
    """Runs of one general category, as Oniguruma knows it: its tables are newer than the others."""
    of = {c: name for name in CATEGORIES for c in matched(rf"\p{{{name}}}")}
    of.update((c, "Cs") for c in range(0xD800, 0xE000))
    assert len(of) == 0x110000
    out = []
    for c in range(0x110000):
        if out and out[-1][0] == of[c]:
            out[-1][1] += 1
        else:
            out.append([of[c], 1])
    return out


def main():
    clean, strip = bert(clean_text=True), bert(strip_accents=True)
    cut, word, digit = pieces(p.BertPreTokenizer()), pieces(p.Whitespace()), pieces(p.Digits(individual_digits=True))
    nfd, nfkd, nfc = n.NFD().normalize_str, n.NFKD().normalize_str, n.NFC().normalize_str
    lower = n.Lowercase().normalize_str
    syllable = lambda c: 0xAC00 <= ord(c) <= 0xD7A3
    canonical = {c: s for c, s in changes(nfd).items() if not syllable(c)}
    compatible = {c: s for c, s in changes(nfkd).items() if not syllable(c) and canonical.get(c) != s}
    out = dict(
        other=having(lambda c: c not in "\0\ufffd" and clean(c) == ""),
        space=having(lambda c: word("a" + c) == ["a"]),
        bert_space=having(lambda c: cut("a" + c + "a") == ["a", "a"]),
        punct=having(lambda c: len(cut("a" + c + "a")) == 3),
        mn=having(lambda c: strip(c) == ""),
        numeric=having(lambda c: len(digit("a" + c)) == 2),
        combining=having(lambda c: n.StripAccents().normalize_str(c) == ""),
        word=having(lambda c: word("a" + c) == ["a" + c]),
        lower=changes(lower),
        nfd=canonical,
        nfkd=compatible,
        nfc=sorted(c for c in canonical if nfc(c) == c),
        classes=combining_classes(nfd),
        regex_space=ranges(matched(r"\s")),
        regex_digit=ranges(matched(r"\d")),
        regex_decimal=ranges(matched(r"\p{Nd}")),
        categories=categories(),
        **graphemes(),
    )
    json.dump(out, sys.stdout)


main()
