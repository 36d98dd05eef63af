"""Wheels made of what the kernel itself runs on: the SDK, and what that needs.

The names of our own distributions are on no package index, and a stranger's package must never be taken for one. So a
plugin gets the SDK of the kernel that starts it, which speaks its wire.
"""

import base64
import hashlib
import io
import stat
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.tags import sys_tags
from packaging.utils import canonicalize_name

from pegboard.supply.wheel import Wheel, read_wheel

OURS: Final = frozenset({
    "pegboard", "pegboard-sdk", "pegboard-ask", "pegboard-files", "pegboard-hello", "pegboard-openai",
    "pegboard-replay", "pegboard-search", "pegboard-shell", "pegboard-undo", "pegboard-workspace",
})  # fmt: skip
"""Names that are never taken from an index."""
SDK: Final = "pegboard-sdk"
EXTRA: Final = "trio"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_LEFT_OUT: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"})


def lend(folder: Path) -> list[Wheel]:
    """Write them into `folder`. The same installation gives the same bytes each time."""
    waiting, seen, made = [SDK], set[str](), list[Wheel]()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        path = _wheel_of(distribution, folder)
        made.append(read_wheel(path))
        for text in distribution.requires or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": EXTRA if name == SDK else ""}):
                waiting.append(needed.name)
    return made


def _wheel_of(distribution: metadata.Distribution, folder: Path) -> Path:
    name = canonicalize_name(distribution.name).replace("-", "_")
    info = f"{name}-{distribution.version}.dist-info"
    files = _files(distribution, info)
    pure = not any(path.endswith((".so", ".pyd", ".dylib")) for path in files)
    tag = "py3-none-any" if pure else str(next(sys_tags()))
    texts = {"WHEEL": f"Wheel-Version: 1.0\nGenerator: pegboard\nRoot-Is-Purelib: {str(pure).lower()}\nTag: {tag}\n"}
    files |= {f"{info}/{key}": (text.encode(), 0o444) for key, text in texts.items()}
    record = io.StringIO()
    for path, (data, _) in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record.write(f"{path},sha256={digest},{len(data)}\n")
    record.write(f"{info}/RECORD,,\n")
    files[f"{info}/RECORD"] = (record.getvalue().encode(), 0o444)
    target = folder / f"{name}-{distribution.version}-{tag}.whl"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, (data, mode) in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.external_attr = (stat.S_IFREG | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return target


def _files(distribution: metadata.Distribution, info: str) -> dict[str, tuple[bytes, int]]:
    """What an installer laid down, without what it added of its own."""
    found: dict[str, tuple[bytes, int]] = {}
    for entry in distribution.files or ():
        parts = entry.parts
        if parts[0].endswith(".dist-info"):
            path = "/".join((info, *parts[1:]))
            wanted = entry.name not in _LEFT_OUT and entry.name != "WHEEL"
        else:
            path = "/".join(parts)
            wanted = ".." not in parts and "__pycache__" not in parts and entry.suffix not in (".pth", ".pyc")
        if wanted:
            found[path] = _read(Path(str(entry.locate())))
    if canonicalize_name(distribution.name) == SDK:
        found |= _own_package()
    return found


def _own_package() -> dict[str, tuple[bytes, int]]:
    """The SDK as it runs here, also where it is editable."""
    root = Path(next(iter(sys.modules["pegboard_sdk"].__path__)))
    files = (path for path in sorted(root.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {f"pegboard_sdk/{path.relative_to(root).as_posix()}": _read(path) for path in files}


def _read(path: Path) -> tuple[bytes, int]:
    return path.read_bytes(), 0o555 if path.stat().st_mode & stat.S_IXUSR else 0o444
