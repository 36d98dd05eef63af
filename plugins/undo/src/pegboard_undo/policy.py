"""What is kept, how much of it, and in which order. Pure.

Sources come first and have a bound of their own. Folders that a tool can make again (dependencies, build outputs,
caches) come last, under a larger bound of their own: they are many times larger, so they must not push sources out, and
a broken `npm install` is worth undoing all the same.
"""

from typing import Any, Final

from msgspec import Struct

MIB: Final = 1 << 20

HEAVY: Final = frozenset(
    {
        "node_modules", "bower_components", ".venv", "venv", "site-packages", "__pycache__", ".tox", ".nox",
        ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "target", "build", "dist", "out", ".gradle",
        ".cache", ".next", ".nuxt", ".parcel-cache", ".turbo", "vendor", "Pods", "DerivedData", ".terraform",
    }
)  # fmt: skip


class Bounds(Struct, frozen=True):
    """Settings of the user: `[plugin.undo]`. Sizes in bytes."""

    keep: int = 2048 * MIB
    heavy: int = 4096 * MIB
    file: int = 100 * MIB
    days: float = 30
    files: int = 500_000


def bounds_of(settings: dict[str, Any]) -> Bounds:
    """Raises ValueError with what is wrong with a setting."""
    given = {key: _number(settings, key) for key in ("keep_mb", "heavy_mb", "file_mb", "keep_days", "max_files")}
    usual = Bounds()
    return Bounds(
        keep=usual.keep if (keep := given["keep_mb"]) is None else int(keep * MIB),
        heavy=usual.heavy if (heavy := given["heavy_mb"]) is None else int(heavy * MIB),
        file=usual.file if (file := given["file_mb"]) is None else int(file * MIB),
        days=usual.days if (days := given["keep_days"]) is None else days,
        files=usual.files if (files := given["max_files"]) is None else int(files),
    )


def _number(settings: dict[str, Any], key: str) -> float | None:
    value = settings.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"[plugin.undo] {key} = {value!r} has to be a number, 0 or more")
    return float(value)


def is_heavy(path: str) -> bool:
    """Whether it lies in a folder that a tool can make again."""
    return not HEAVY.isdisjoint(path.split("/")[:-1])
