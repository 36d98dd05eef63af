"""The words of a text that was not understood, read generously: for deny rules alone, which must not miss one. Pure."""

import re
from typing import Final

MAX_PATHS: Final = 1000
"""More words of one text are not looked at as paths."""
ANSI_QUOTED: Final = re.compile(r"\$'((?:[^'\\]|\\.)*)'")
ANSI_ESCAPE: Final = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|(.))", re.DOTALL
)
EXPANSION: Final = re.compile(r"\$\{[^{}]*\}|\$\([^()]*\)|`[^`]*`|\$[A-Za-z_]\w*|\$[@*#?$!0-9-]", re.ASCII)
SEPARATORS: Final = re.compile(r"[\s;&|()<>{}`$,=:!\[\]]+")
SOME_SEPARATORS: Final = re.compile(r"[\s;&|()<>`]+")
QUOTES: Final = str.maketrans("", "", "'\"\\")
EDGES: Final = "-+!@^%#~?:,/*"
BRACES: Final = re.compile(r"([^\s{}]*)\{([^\s{}]*,[^\s{}]*)\}([^\s{}]*)")
REDIRECTED: Final = re.compile(r">{1,2}[|!&]?\s*([^\s;&|<>()]+)")
DYNAMIC: Final = re.compile(
    r"(?:^|[;&|({!\n`]|\$\(|\b(?:then|do|else|elif|if|while|until|time|exec|eval|command|builtin|env|sudo|doas|xargs|nohup"
    r"|nice|setsid|stdbuf|timeout\s+\S+|trap|source)\s)\s*(?:[A-Za-z_]\w*=\S*\s+)*[\"']*"
    r"(?![A-Za-z_]\w*\+?=)(?P<word>[^\s;&|()<>]*(?:[$`*?]|\[\S*\]|\{\S*,)[^\s;&|()<>]*)"
)
FED_SHELL: Final = re.compile(
    r"(?:\|\s*(?:\S*/)?(?:parallel|sh|bash|dash|zsh|ksh|ash|fish|csh|tcsh|python[\d.]*|perl|ruby|node|php)\b\s*(?:-\S*\s*)*(?:$|[;&|)\n}]))"
    r"|(?:^|[\s;&|(])(?:\S*/)?(?:parallel|sh|bash|dash|zsh|ksh|ash|fish)\s+(?:-\S+\s+)*<"
)


def loose_words(text: str) -> frozenset[str]:
    """Every word that quotes, backslashes or expansions may hide in `text`, and its last path component."""
    text = text.replace("\\\n", "")
    decoded = ANSI_QUOTED.sub(lambda found: ANSI_ESCAPE.sub(_escaped, found[1]), text)
    variants = {text, decoded}
    for variant in (text, decoded):
        bare = variant
        while (shorter := EXPANSION.sub("", bare)) != bare:
            bare = shorter
        variants.add(bare)
    words: dict[str, None] = {}
    for variant in sorted(variants):
        for plain in (variant, variant.translate(QUOTES), re.sub(r"['\"\\]+", " ", variant)):
            for separators in (SOME_SEPARATORS, SEPARATORS):
                words.update(dict.fromkeys(separators.split(plain)))
    found = set(words)
    for word in words:
        found.update(parts_of(word))
    for word in list(found):
        if found_braces := BRACES.search(word):
            found.update(f"{found_braces[1]}{one}{found_braces[3]}" for one in found_braces[2].split(","))
    found.discard("")
    return frozenset(found)


def half_known(text: str) -> tuple[str, ...]:
    """Words of which a part is known, with `*` for what an expansion hides: `.e$(f)v` may be any `.e*v`."""
    text = text.replace("\\\n", "")
    while (shorter := EXPANSION.sub("*", text)) != text:
        text = shorter
    words = SOME_SEPARATORS.split(text.translate(QUOTES))
    return tuple(dict.fromkeys(word for word in words if "*" in word and any(map(str.isalnum, word))))


def parts_of(word: str) -> tuple[str, ...]:
    """What of a word may be a name of its own: without its edges, its last component, behind a short option."""
    edged = word.strip(EDGES)
    behind = word[2:] if word[:1] == "-" else ""
    return edged, edged.strip("."), word.rpartition("/")[2], behind


def _escaped(found: re.Match[str]) -> str:
    number = found[1] or found[2] or found[3]
    if number:
        return chr(min(int(number, 16), 0x10FFFF))
    return chr(int(found[4], 8) & 0xFF) if found[4] else found[5]


def written(text: str) -> frozenset[str]:
    """What the text redirects into."""
    return frozenset(found[1].translate(QUOTES) for found in REDIRECTED.finditer(text))


def hidden_program(text: str) -> str:
    """Where a program stands that the text does not name, such as `$x` or the input of a shell; empty when all are."""
    if found := DYNAMIC.search(text):
        return f"`{found['word']}` stands where a program is named"
    if found := FED_SHELL.search(text):
        return f"`{found[0].strip()}` runs what it reads"
    return ""
