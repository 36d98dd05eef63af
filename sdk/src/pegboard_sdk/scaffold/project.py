"""The files of a new project, from the templates beside this module, and their writing."""

from importlib import metadata
from pathlib import Path
from string import Template
from typing import Final

from pegboard_sdk.errors import Conflict
from pegboard_sdk.scaffold.naming import Names
from pegboard_sdk.sync.project import GROUP, declared_in, imported
from pegboard_sdk.sync.writing import changes_for

TEMPLATES: Final = Path(__file__).with_name("template")
FILES: Final = {
    "pyproject.toml": "pyproject.txt",
    "README.md": "readme.txt",
    ".gitignore": "gitignore.txt",
    "src/{package}/__init__.py": "module.txt",
    "src/{package}/py.typed": "typed.txt",
    "tests/test_{word}.py": "test.txt",
}
"""Where each template goes."""


def files_for(names: Names, release: str) -> dict[str, str]:
    """The text of each file but the manifest; `release` is the oldest SDK that will do."""
    values = {
        "id": names.id,
        "distribution": names.distribution,
        "package": names.package,
        "word": names.word,
        "title": names.title,
        "release": release,
    }
    return {
        path.format(package=names.package, word=names.word): Template(
            (TEMPLATES / template).read_text("utf-8")
        ).substitute(values)
        for path, template in FILES.items()
    }


def make(names: Names, parent: Path) -> list[Path]:
    """Write the project below `parent`, manifest and schemas too, whose making imports it; the files.

    Raises Conflict when its folder or its name is taken; nothing was written then.
    """
    folder = parent / names.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"{folder} is there already; name another with --dir")
    taken = [each.dist for each in metadata.entry_points(group=GROUP) if each.name == names.id]
    if taken:
        raise Conflict(f"a plugin `{names.id}` is installed already; put a name of your own before it: me.{names.id}")
    written: list[Path] = []
    for name, text in files_for(names, sdk_release()).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        written.append(path)
    for declared in declared_in(folder):
        for change in changes_for(declared, imported(declared)):
            change.apply()
            written.append(change.path)
    return written


def sdk_release() -> str:
    """Major and minor version of this SDK."""
    return ".".join(metadata.version("pegboard-sdk").split(".")[:2])
