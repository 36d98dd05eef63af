"""How tokens look that nobody told us: each begins with letters that its maker chose so that it can be found.

No guessing from how random a text looks: hashes, identifiers and pictures are random, too. Pure.
"""

import re
from typing import Final

from msgspec import Struct

_WORD: Final = rb"[A-Za-z0-9_-]"
_MIXED: Final = rb"(?=[A-Za-z_-]*[0-9])"
"""Somewhere a digit: names in code seldom have one."""
_END: Final = rb"(?![A-Za-z0-9])"
_FEW: Final = rb"[^\s\"'`<>\\]{0,2048}"
_LINE: Final = rb"[^\n]{0,256}"
_BLOCK: Final = rb"[\s\S]{0,16384}"
_PEM: Final = (
    rb"(?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?=[\s\S]{0,400}?[A-Za-z0-9+/]{40})"
    rb"(?:(?:(?!-----)[\s\S]){40,16384}?-----END [A-Z0-9 ]{0,48}-----|"
    rb"[\s\S]{0,400}?[A-Za-z0-9+/=\\]{40,}(?:\s[^\n]{0,40}?[A-Za-z0-9+/=\\]{16,})*)"
)
_PLAIN_PASSWORD: Final = (
    rb"(?!\$|\{|<|\[|\(|%[sd(]|\*|\.\.\.|(?i:pass|passwd|password|pwd|pw|secret|token|key|x+|your[^@]*|my[^@]*)@)"
)


class Pattern(Struct, frozen=True):
    """Any of `starts`, then `rest`. Where `rest` has a group, that is the secret; else the whole is."""

    maker: str
    starts: tuple[str, ...]
    rest: bytes
    room: bytes = _FEW
    """What may follow a start while the rest is still to come."""
    within: bool = False
    """Whether it may follow a letter or digit."""
    is_dense: bool = True
    """Whether ten of `_DENSE` follow the rarest byte of a start."""


PATTERNS: Final = (
    Pattern(
        "OpenAI, Anthropic, OpenRouter, DeepSeek",
        ("sk-",),
        _MIXED + rb"(?:(?:proj|svcacct|admin|None|ant|or|lf)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{20,}(?![A-Za-z0-9]))",
    ),
    Pattern("GitHub", ("ghp_", "gho_", "ghs_", "ghu_", "ghr_"), rb"[A-Za-z0-9]{36,}"),
    Pattern("GitHub", ("github_pat_",), rb"[A-Za-z0-9_]{22,}"),
    Pattern("GitLab", ("glpat-", "gldt-", "glrt-", "glft-", "glcbt-", "glptt-", "glsoat-"), _WORD + rb"{20,}"),
    Pattern("Slack", ("xoxa-", "xoxb-", "xoxe-", "xoxp-", "xoxr-", "xoxs-", "xapp-"), _MIXED + rb"[A-Za-z0-9-]{20,}"),
    Pattern("Slack", ("hooks.slack.com/services/",), rb"T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/([A-Za-z0-9]{16,})", within=True),
    Pattern("AWS", ("AKIA", "ASIA"), rb"[A-Z2-7]{16}" + _END),
    Pattern(
        "AWS",
        ("SECRET_ACCESS_KEY", "secret_access_key", "SecretAccessKey", "secretAccessKey"),
        rb"[\"'\\]{0,2}\s{0,8}[:=]>?\s{0,8}[\"'\\]{0,2}([A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])",
        room=_LINE,
        within=True,
        is_dense=False,
    ),
    Pattern("Google", ("AIza",), _WORD + rb"{35}(?![A-Za-z0-9_-])"),
    Pattern("Google", ("GOCSPX-",), _WORD + rb"{28}"),
    Pattern("Google", ("ya29.",), _MIXED + _WORD + rb"{30,}"),
    Pattern("private key", ("-----BEGIN ",), _PEM, room=_BLOCK, within=True, is_dense=False),
    Pattern("JWT", ("eyJ",), rb"[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}"),
    Pattern("Stripe", ("sk_live_", "rk_live_", "sk_test_", "rk_test_"), rb"[A-Za-z0-9]{16,}"),
    Pattern("Stripe", ("whsec_",), _MIXED + rb"[A-Za-z0-9+/]{24,}={0,2}"),
    Pattern("Twilio", ("SK",), rb"[0-9a-f]{32}" + _END),
    Pattern("SendGrid", ("SG.",), rb"[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,}"),
    Pattern("npm", ("npm_",), rb"[A-Za-z0-9]{36}" + _END),
    Pattern("PyPI", ("pypi-AgE",), _WORD + rb"{50,}"),
    Pattern("Hugging Face", ("hf_",), rb"(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{30,}"),
    Pattern("DigitalOcean", ("dop_v1_", "doo_v1_", "dor_v1_"), rb"[0-9a-f]{64}"),
    Pattern("Telegram", (":AA",), rb"(?<=[0-9]{8}:AA)[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])", within=True),
    Pattern("Discord", ("discord.com/api/webhooks/",), rb"[0-9]{10,24}/([A-Za-z0-9_-]{60,})", within=True),
    Pattern("Discord", ("M", "N", "O"), rb"[A-Za-z0-9]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"),
    Pattern("Azure", ("?sig=", "&sig="), rb"([A-Za-z0-9%+/]{40,}={0,2})", within=True),
    Pattern("Azure", ("AccountKey=", "SharedAccessKey="), rb"([A-Za-z0-9+/]{42,86}={1,2})", within=True),
    Pattern("xAI", ("xai-",), rb"[A-Za-z0-9]{40,}"),
    Pattern("Groq", ("gsk_",), rb"[A-Za-z0-9]{40,}"),
    Pattern("Replicate", ("r8_",), rb"[A-Za-z0-9]{37,}"),
    Pattern("Perplexity", ("pplx-",), rb"[A-Za-z0-9]{40,}"),
    Pattern("Shopify", ("shpat_", "shpca_", "shppa_", "shpss_"), rb"[0-9a-fA-F]{32}"),
    Pattern("Docker", ("dckr_pat_",), _WORD + rb"{24,}"),
    Pattern("Vault", ("hvs.", "hvb."), _WORD + rb"{24,}"),
    Pattern("Linear", ("lin_api_",), rb"[A-Za-z0-9]{40}"),
    Pattern("Atlassian", ("ATATT3",), rb"[A-Za-z0-9_=-]{60,}"),
    Pattern("age", ("AGE-SECRET-KEY-1",), rb"[0-9A-Z]{58}"),
    Pattern(
        "password in a URL",
        ("://",),
        rb"[^\s:/@\"'`<>]{0,64}:" + _PLAIN_PASSWORD + rb"([^\s/@\"'`<>]{3,256})@(?=[A-Za-z0-9\[])",
        room=rb"[^\s\"'`<>@/]{0,330}",
        within=True,
        is_dense=False,
    ),
)

_RARE: Final = b"~|@$&?#+ZQXJKWGMVYUHBNIOPFLDRSTCEA-:=_/9876543210.zqjxkvwybgfpmuhcdlnrsoiate "
"""Bytes of code, the rare ones first, and among them those that are looked for anyway."""

_DENSE: Final = rb"[A-Za-z0-9_./%+=-]{10}"
"""What follows in nearly every token, and seldom in code."""


class _Start(Struct, frozen=True):
    size: int
    """Bytes of it that lie before its rarest one."""
    whole: re.Pattern[bytes]
    open: re.Pattern[bytes]
    within: bool


class Patterns:
    """Finds tokens in one pass: from byte to rare byte, and only where a start is around it, looks closer."""

    def __init__(self) -> None:
        self._starts: list[_Start] = []
        rows = [(start.encode(), pattern) for pattern in PATTERNS for start in pattern.starts]
        self.starts: Final = tuple(start for start, _ in rows if len(start) > 1)
        marks: dict[bytes, tuple[list[bytes], list[bytes]]] = {}
        for start, pattern in sorted(rows, key=lambda row: (_RARE.index(row[0][_rarest(row[0])]), row[1].is_dense)):
            at = _rarest(start)
            marks.setdefault(start[at : at + 1], ([], []))[pattern.is_dense].append(self._way(start, at, pattern))
        branches: list[bytes] = []
        for mark, (loose, dense) in marks.items():
            ways = [*loose, rb"(?=%s)(?:%s)" % (_DENSE, rb"|".join(dense))] if dense else loose
            branches.append(rb"%s(?:%s)" % (re.escape(mark), rb"|".join(ways)))
        self._any = re.compile(rb"|".join(branches))

    def look(self, text: bytes) -> tuple[list[tuple[int, int]], int]:
        """Where the secrets stand, and from where on the end of `text` may be one that is not there whole."""
        spans: list[tuple[int, int]] = []
        settled = len(text)
        for mark in self._any.finditer(text):
            start = self._starts[(mark.lastindex or 1) - 1]
            at = mark.start() - start.size
            if not start.within and at > 0 and text[at - 1 : at].isalnum():
                continue
            found = start.whole.match(text, at)
            if found:
                spans.append(found.span(found.lastindex or 0))
            if start.open.match(text, at) and not (found and found[0].endswith(b"-----")):
                settled = min(settled, at)
        return spans, settled

    def _way(self, start: bytes, before: int, pattern: Pattern) -> bytes:
        literal = re.escape(start)
        whole, room = re.compile(literal + pattern.rest), re.compile(literal + pattern.room + rb"\Z")
        self._starts.append(_Start(before, whole, room, pattern.within))
        # The group is empty: the number of the one that matched says which start it was.
        return rb"(?<=%s)(?=%s)()" % (re.escape(start[: before + 1]), re.escape(start[before + 1 :]))


def _rarest(start: bytes) -> int:
    return min(range(len(start)), key=lambda at: _RARE.index(start[at]))
