"""The names that mean more than a file (CONTRACTS 2), as tables of gitignore patterns. Pure: looks at text alone."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from pegboard.gate.glob import any_of, caseless, fold
from pegboard.gate.path import Sensitivity
from pegboard_sdk.wire.manifest import Access

INSTRUCTIONS: Final = (
    "AGENTS.md", "AGENTS.override.md", "AGENT.md", "CLAUDE.md", "CLAUDE.local.md", "GEMINI.md", "CODEX.md", "QWEN.md",
    "**/.github/copilot-instructions.md",
)  # fmt: skip
"""Texts that agents obey. In another case they are ordinary documents to read, but not to write."""

PROTECTED: Final = (
    *INSTRUCTIONS,
    ".git", ".gitmodules", ".gitattributes", ".gitconfig", ".githooks", ".husky", ".lefthook", ".lefthook.yml",
    "lefthook.yml", ".pre-commit-config.yaml", ".pre-commit-config.yml", ".envrc", ".direnvrc",
    ".vscode", ".idea", ".fleet", ".zed", ".devcontainer", ".devcontainer.json", "*.code-workspace",
    ".vimrc", ".exrc", ".nvimrc", ".nvim.lua", ".dir-locals.el", ".gdbinit", ".lldbinit", ".pdbrc", ".Rprofile",
    ".mcp.json", ".claude", ".claude.json", ".codex", ".gemini", ".cursor", ".opencode", ".pegboard", ".windsurf",
    ".continue", ".roo", ".kiro", ".junie", ".qwen", ".amazonq", ".goose", ".agents", "opencode.json",
    "opencode.jsonc", ".cursorrules", ".windsurfrules", ".clinerules", ".roorules", ".goosehints",
    ".aider.conf.yml", "**/.github/instructions", "**/.github/prompts", "**/.github/agents", "**/.github/chatmodes",
    ".npmrc", ".pnpmfile.cjs", ".yarnrc", ".yarnrc.yml", ".yarn", ".bazelrc", "**/.cargo/config.toml",
    "**/.cargo/config", ".mise.toml", "**/node_modules/.bin", "sitecustomize.py", "usercustomize.py",
    *(f"**/{venv}/{part}" for venv in (".venv", "venv") for part in ("bin", "Scripts", "pyvenv.cfg", "**/*.pth")),
    "**/site-packages/*.pth",
    ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".profile", ".zshrc", ".zshenv",
    ".zprofile", ".zlogin", ".zlogout", ".kshrc", ".mkshrc", ".cshrc", ".tcshrc", ".login", ".logout", ".inputrc",
    ".xprofile", ".xinitrc", ".xsession", "**/.config/fish", "**/.config/autostart", "**/.config/systemd",
)  # fmt: skip
"""Content that a later tool executes or obeys: writing asks, in every mode but `full`."""

CREDENTIALS: Final = (
    ".env*", ".netrc", "_netrc", "*.pem", "*.key", "*.tfstate", "*.tfstate.*", "*.p12", "*.pfx", "*.jks",
    "*.keystore", "*.kdbx", "*.ppk", ".ssh", ".gnupg", ".aws", ".azure", ".oci", "**/.config/gcloud", "**/.config/gh",
    ".boto", ".s3cfg", "**/.kube/config", "kubeconfig", "**/.docker/config.json", ".dockercfg",
    ".git-credentials", ".npmrc", ".pypirc", "**/.cargo/credentials", "**/.cargo/credentials.toml",
    "**/.gem/credentials", "**/.composer/auth.json", "**/.m2/settings.xml", "**/.gradle/gradle.properties", ".pgpass",
    ".my.cnf", ".htpasswd", ".vault-token", ".terraformrc", "**/.terraform.d/credentials.tfrc.json",
    "credentials.json", "application_default_credentials.json", "service-account*.json",
    "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "id_xmss*",
)  # fmt: skip
"""Credentials: reading asks."""

DEPENDENCIES: Final = frozenset({"node_modules", ".venv", "venv", "site-packages", "target", ".git"})
"""Folders whose files package managers link from a store elsewhere; they are large."""

SYSTEM: Final = ("/proc", "/sys", "/dev")
MANAGED: Final = ("/etc/pegboard", "/Library/Application Support/pegboard", "/ProgramData/pegboard")
"""Where managed policy lives."""

_KEY_FILE: Final = re.compile(r"id_[^./]*(\.(bak|old|orig|save|backup|pem|key|pub))?")
_TOKEN_NAME: Final = re.compile(r"(^|/)(remote|bridge|device)|token|credential|secret|\.key$", re.IGNORECASE)
_SHORT_NAME: Final = re.compile(r"(?P<stem>[^~.]{1,6})~[0-9]{1,6}(?:\.(?P<ext>[^.]{0,3}))?", re.IGNORECASE)
_HASHED_NAME: Final = re.compile(r"(?P<two>..)[0-9a-f]{4}~[0-9](?:\..{0,3})?", re.IGNORECASE)
_WRAPPING: Final = frozenset("\n\t")
_ODD: Final = re.compile(
    r"\\|%(2e|2f|5c|00|c0)|[. ]$|:\$|^[a-z]:|^[a-z][a-z0-9+.-]+:$|^\$(\w+|\{\w+\})$|^\$\(|`|^%\w+%$"
    r"|^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$",
    re.IGNORECASE,
)
_SCRIPTS: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
_IGNORABLE: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")


class Names:
    """One table, ready to be asked. Most rows are one literal component, which a set answers."""

    def __init__(self, patterns: Sequence[str]) -> None:
        rows = [tuple(pattern.removeprefix("**/").split("/")) for pattern in patterns]
        self.parts = frozenset(part for row in rows for part in row)
        self.single = frozenset(row[0] for row in rows if len(row) == 1 and "*" not in row[0])
        self.rest = any_of([row for row in rows if len(row) > 1 or "*" in row[0]])

    def match(self, parts: Sequence[str]) -> bool:
        """Whether a row names the path of these components, or a folder above it."""
        return not self.single.isdisjoint(parts) or self.rest.match("/".join((*parts, ""))) is not None


class Table:
    """The tables, compiled: as spelt, and folded to find disguises. Compiling takes a few ms, so a place keeps one."""

    def __init__(self) -> None:
        self.protected, self.credentials = Names(PROTECTED), Names(CREDENTIALS)
        self.disguised = Names([fold(pattern) for pattern in (*PROTECTED, *CREDENTIALS)])
        self.instructions = Names([fold(pattern) for pattern in INSTRUCTIONS])
        self.short: dict[tuple[str, str], str] = {}
        self.hashed: dict[str, str] = {}
        for part in sorted(self.disguised.parts):
            self._shorten(part.rstrip("*"))

    def _shorten(self, name: str) -> None:
        """What NTFS calls it where only eight and three characters fit, and its form with a hash."""
        stem, _, extension = name.lstrip(".").lower().rpartition(".")
        stem, extension = (stem, extension) if stem else (extension, "")
        if stem and "*" not in name:
            self.short.setdefault((stem.replace(".", "")[:6], extension[:3]), name)
            self.hashed.setdefault(stem[:2], name)

    def undisguised(self, part: str) -> str:
        """The folded name that a forgiving system takes `part` for: short names, streams, trailing dots, Unicode."""
        seen = "".join(c for c in unicodedata.normalize("NFKC", part) if unicodedata.category(c) not in ("Cf", "Cc"))
        seen = unicodedata.normalize("NFKC", _IGNORABLE.sub("", seen).casefold())
        seen = seen.split(":", 1)[0] or seen
        seen = seen.rstrip(". ") or seen
        if "~" not in seen:
            return seen
        if (found := _SHORT_NAME.fullmatch(seen)) and (found["stem"], found["ext"] or "") in self.short:
            return self.short[found["stem"], found["ext"] or ""].casefold()
        if (found := _HASHED_NAME.fullmatch(seen)) and found["two"] in self.hashed:
            return self.hashed[found["two"]].casefold()
        return seen

    def sensitivity(self, path: str, access: Access, *, exists: bool) -> Sensitivity:
        """What the name `path` (components joined by `/`) stands for when it is used so."""
        writes = access is Access.WRITE
        parts = [part for part in path.split("/") if part]
        protected = self.protected.match(parts)
        credential = self.credentials.match(parts) or (bool(parts) and is_key_file(parts[-1]))
        if credential or (protected and writes):
            if any(part.rstrip(". ") not in (part, "") or ":" in part for part in parts):
                return Sensitivity.DISGUISED
            if protected and writes:
                return Sensitivity.PROTECTED
            return Sensitivity.CREDENTIAL if exists or not writes else Sensitivity.ORDINARY
        if protected:
            return Sensitivity.ORDINARY
        folded = [self.undisguised(part) for part in path.replace("\\", "/").split("/") if part]
        if self.disguised.match(folded) and (writes or not self.instructions.match(folded)):
            return Sensitivity.DISGUISED
        return Sensitivity.ORDINARY


def is_key_file(name: str) -> bool:
    """`id_*` where it is a key and not a source file that happens to begin so."""
    return _KEY_FILE.fullmatch(name) is not None


def text_trouble(path: str) -> Sensitivity:
    """What the characters of `path` alone make of it: a prompt must be able to show it faithfully."""
    if path.isascii() and path.isprintable():
        return Sensitivity.ORDINARY
    hidden = {c for c in path if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") or _IGNORABLE.match(c)}
    if hidden - _WRAPPING - {"\ufe0f"}:
        return Sensitivity.DISGUISED
    return Sensitivity.UNSHOWABLE if hidden & _WRAPPING or _mixes_scripts(path) else Sensitivity.ORDINARY


def odd(path: str) -> bool:
    """Whether it would mean something else to another system; harmless only where a file has exactly this name."""
    parts = [part for part in path.split("/") if part not in (".", "..")]
    return (path.startswith("~") and path[:2] not in ("~", "~/") and "/" in path) or any(
        _ODD.search(part) for part in parts
    )


def own(path: str, folders: Sequence[str], root: str) -> Sensitivity:
    """Whether the absolute `path` is in one of our own places; a workspace inside such a place is not ours."""
    name = fold(path)
    for folder in (*folders, *MANAGED):
        start = fold(folder).rstrip("/")
        holds_root = fold(root).startswith(f"{start}/") or fold(root) == start
        in_root = name == fold(root) or name.startswith(f"{fold(root)}/")
        if (name == start or name.startswith(f"{start}/")) and not (holds_root and in_root):
            return Sensitivity.TOKEN if _TOKEN_NAME.search(name[len(start) :]) else Sensitivity.OWN
    return Sensitivity.ORDINARY


def hidden() -> Iterator[str]:
    """The patterns of credentials for readers of whole folders, as case-insensitive gitignore lines."""
    yield from (f"**/{caseless(pattern.removeprefix('**/'))}" for pattern in CREDENTIALS)


def _mixes_scripts(path: str) -> bool:
    for word in re.findall(r"[^\W\d_]+", path):
        if not word.isascii() and len(_SCRIPTS & {unicodedata.name(c, "?").split()[0] for c in word}) > 1:
            return True
    return False
