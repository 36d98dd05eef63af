"""Makes wheels of small plugins, good and bad, without a build tool."""

import base64
import hashlib
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CODE = '''"""Says things."""

from pathlib import Path

from pegboard_sdk import Plugin

from {package}.words import WORD

plugin = Plugin("{plugin}")


@plugin.tool(name="{plugin}_say", effect="read")
def say(name: str) -> str:
    """Say something to somebody."""
    return f"{{WORD}} {{name}}"
'''

MANIFEST = """schema = 1
id = "{plugin}"
version = "{version}"
summary = "Says things."
{more}
[[tool]]
name = "{plugin}_say"
description = "{text}"
effects = ["read"]
input = "schemas/{plugin}_say.json"
"""

SCHEMA = """{
  "type": "object",
  "properties": {"name": {"type": "string"}},
  "required": ["name"]
}
"""


def plugin_files(
    plugin: str,
    version: str = "1.0",
    *,
    word: str = "Hello",
    text: str = "Say something to somebody.",
    more: str = "",
    requires: tuple[str, ...] = ("pegboard-sdk",),
) -> dict[str, str]:
    """The files of a plugin's wheel, but for RECORD."""
    package = f"{plugin}_plugin"
    info = f"{package}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    return {
        f"{package}/__init__.py": CODE.format(plugin=plugin, package=package),
        f"{package}/words.py": f'"""Words."""\n\nWORD = "{word}"\n',
        f"{package}/pegboard.toml": MANIFEST.format(plugin=plugin, version=version, text=text, more=more),
        f"{package}/schemas/{plugin}_say.json": SCHEMA,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {plugin}-plugin\nVersion: {version}\n{needs}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: press\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[pegboard.plugins]\n{plugin} = {package}:plugin\n",
    }


def press(
    folder: Path,
    files: Mapping[str, str | bytes],
    *,
    name: str = "",
    unlisted: Mapping[str, str] | None = None,
    modes: Mapping[str, int] | None = None,
    record: Mapping[str, str] | None = None,
) -> Path:
    """Write a wheel of these files. `unlisted` are in it and not in RECORD; `modes` are those of entries."""
    info = next(path.partition("/")[0] for path in files if path.partition("/")[0].endswith(".dist-info"))
    lines = {path: _line(path, _bytes(data)) for path, data in files.items()} | dict(record or {})
    text = "".join(lines.values()) + f"{info}/RECORD,,\n"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (name or f"{info.removesuffix('.dist-info')}-py3-none-any.whl")
    with zipfile.ZipFile(target, "w") as archive:
        for path, data in {**files, f"{info}/RECORD": text, **(unlisted or {})}.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = (modes or {}).get(path, stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, _bytes(data))
    return target


def plugin_wheel(folder: Path, plugin: str, version: str = "1.0", **how: Any) -> Path:
    """A good wheel of a plugin with one tool, `PLUGIN_say`."""
    return press(folder, plugin_files(plugin, version, **how))


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def _line(path: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    quoted = f'"{path}"' if "," in path else path
    return f"{quoted},sha256={digest},{len(data)}\n"
