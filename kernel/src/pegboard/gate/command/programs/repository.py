"""What a repository's own settings make git run, whichever of its commands is given. Reads `.git/config` alone."""

import os
import re
from collections.abc import Iterator
from typing import Final

from pegboard.gate.command.location import is_below

MAX_SETTINGS: Final = 1 << 18
SECTION: Final = re.compile(r'\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]')
SETTING: Final = re.compile(r"\s*([A-Za-z][\w-]*)\s*(?:=\s*(.*))?")
RUNS: Final = re.compile(
    r"filter\..*\.(clean|smudge|process)|diff\.(.*\.)?(textconv|command|external)|merge\..*\.driver"
    r"|core\.(fsmonitor|sshcommand|gitproxy|alternaterefscommand|askpass)|gpg\.(.*\.)?program|credential\.(.*\.)?helper"
    r"|uploadpack\.packobjectshook|remote\..*\.(uploadpack|receivepack|vcs)|core\.(hookspath|worktree|attributesfile)"
    r"|include(if\..*)?\.path|protocol\.ext\.allow"
)
"""Settings that name what is run, or where more such settings are."""
KNOWN: Final = re.compile(
    r"git[- ]lfs\b[\w %.-]*|true|false|(/usr(/local)?/bin/)?(gpg2?|gpgsm|ssh|watchman)|(\.\./)*\.(husky|githooks)(/_)?"
    r"|store|cache( --timeout=\d+)?|osxkeychain|manager(-core)?|libsecret|wincred|"
    r"!(/usr(/local)?/bin/)?gh auth git-credential|",
    re.IGNORECASE,
)
"""Values that are common and the user's own, or that lead to names that are protected."""


def obeyed(folder: str, root: str) -> Iterator[str]:
    """The settings, as `name=value`, by which git runs or reads what nobody knows, for a command given in `folder`."""
    repository = find(folder, root)
    for name, value in settings(repository):
        inside = name == "core.worktree" and is_below(os.path.realpath(os.path.join(repository, value)), root)
        if RUNS.fullmatch(name) and not KNOWN.fullmatch(value) and not inside:
            yield f"{name}={value}"


def find(folder: str, root: str) -> str:
    """The settings of the nearest repository from `folder` up to `root`; empty when there is none."""
    while True:
        inside = os.path.join(folder, ".git")
        try:
            with open(inside, encoding="utf-8", errors="replace") as file:
                inside = os.path.join(folder, file.read(4096).removeprefix("gitdir:").strip())
        except OSError:
            pass
        if os.path.isdir(inside):
            shared = os.path.join(inside, "..", "..")
            return inside if os.path.exists(f"{inside}/config") else shared
        if folder == root or folder == os.path.dirname(folder):
            return ""
        folder = os.path.dirname(folder)


def settings(repository: str) -> Iterator[tuple[str, str]]:
    """Every setting with its name in lower case, but for the middle part; a file that is too long counts as one."""
    for name in ("config", "config.worktree") if repository else ():
        try:
            with open(os.path.join(repository, name), encoding="utf-8", errors="replace") as file:
                text = file.read(MAX_SETTINGS + 1)
        except OSError:
            continue
        if len(text) > MAX_SETTINGS:
            yield "include.path", "a file that is too long to look at"
        yield from read(text)


def read(text: str) -> Iterator[tuple[str, str]]:
    section = ""
    for line in re.sub(r"\\\r?\n", "", text).splitlines():
        rest = line.strip()
        if rest.startswith("[") and (found := SECTION.match(rest)):
            section = found[1].lower() + (f".{found[2]}" if found[2] is not None else "")
            rest = rest[found.end() :].strip()
        if rest[:1] not in ("", "#", ";") and (found := SETTING.fullmatch(rest)):
            value = re.sub(r"\s[#;].*", "", found[2] or "true").strip()
            yield f"{section}.{found[1].lower()}", re.sub(r'\\?"', "", value)
