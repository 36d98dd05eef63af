"""What the documents say is what the code does: nothing is left out, every quotation is exact, every example runs."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import msgspec
import pytest

from pegboard.cli.app import peg
from pegboard.cli.exits import Exit
from pegboard.config.schema import ModelSettings, Section, Settings
from pegboard_sdk.errors import error_types
from pegboard_sdk.hookspecs import MODES, Hooks
from pegboard_sdk.scaffold.naming import names_for
from pegboard_sdk.scaffold.project import files_for, sdk_release
from pegboard_sdk.wire import messages, methods
from pegboard_sdk.wire.manifest import Manifest, Strict

ROOT = Path(__file__).parents[2]
PROTOCOL = ROOT / "sdk" / "PROTOCOL.md"
AUTHORING = ROOT / "sdk" / "AUTHORING.md"
KERNEL = ROOT / "kernel" / "README.md"
PAGES = [ROOT / "README.md", KERNEL, *sorted((ROOT / "sdk").glob("*.md")), *sorted(ROOT.glob("plugins/*/README.md"))]

KINDS = list(get_args(messages.Frame))
METHODS = [value for name, value in vars(methods).items() if name.isupper() and isinstance(value, str)]
PAYLOADS = [
    kind
    for kind in vars(methods).values()
    if isinstance(kind, type) and issubclass(kind, methods.Payload) and kind is not methods.Payload
]
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>file|made): (?P<path>\S+) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


class Block(msgspec.Struct, frozen=True):
    """A fenced block of a page; `mark` says how it is kept true."""

    page: Path
    kind: str
    text: str
    mark: str
    path: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.text.strip().splitlines()[0][:40] if self.text.strip() else ''}"


BLOCKS = [
    Block(page, found["kind"], found["text"], found["mark"] or "", found["path"] or "")
    for page in PAGES
    for found in BLOCK.finditer(page.read_text())
]


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group, info_name="peg")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands(peg))


def keys(kind: type[Section], path: str = "") -> Iterator[str]:
    for field in msgspec.structs.fields(kind):
        name = f"{path}{field.name}"
        if isinstance(field.type, type) and issubclass(field.type, Section):
            yield from keys(field.type, f"{name}.")
        elif name == "models":
            yield from keys(ModelSettings, "models.NAME.")
        else:
            yield {"plugin": "plugin.ID"}.get(name, name)


def rows(page: Path) -> list[list[str]]:
    """The cells of every table of a page."""
    lines = [line for line in page.read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_frame_is_documented_with_its_fields_and_defaults(kind: type[msgspec.Struct]) -> None:
    tag = str(kind.__struct_config__.tag)
    (row,) = [row for row in rows(PROTOCOL) if row[:2] == [tag, kind.__name__]]
    said = [part.strip() for part in re.split(r",(?![^(]*\))", row[2]) if part.strip()]
    assert [part.partition(":")[0] for part in said] == [name for name in kind.__struct_fields__ if name != "id"]
    for part, field in zip(said, msgspec.structs.fields(kind)[1:], strict=True):
        assert part.endswith(")") is not field.required, part


def test_limits_and_identities_are_documented() -> None:
    text = " ".join(PROTOCOL.read_text().split())
    limits = ", ".join(f"{field.name} ({field.default})" for field in msgspec.structs.fields(messages.Limits))
    assert f"`[{limits}]`" in text
    assert '`[name, release, pid (0), os ("")]`' in text


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_documented(method: str) -> None:
    assert f"| `{method}{'NAME' if method.endswith('.') else ''}` |" in PROTOCOL.read_text()


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda kind: kind.__name__)
def test_every_field_of_a_payload_is_documented(payload: type[msgspec.Struct]) -> None:
    text = BLOCK.sub("", PROTOCOL.read_text())
    quoted = re.findall(r"`([^`]+)`", text)
    assert set(payload.__struct_fields__) <= {name for each in quoted for name in re.findall(r"\w+", each)}


def test_every_error_is_documented_with_its_effect() -> None:
    table = [row for page in (PROTOCOL, KERNEL) for row in rows(page) if re.fullmatch("[A-Z_]{4,}", row[0])]
    documented = {row[0]: int(row[2]) for row in table if len(row) == 3}
    ours = {code: kind for code, kind in error_types().items() if kind.__module__.startswith("pegboard")}
    assert documented == {code: int(kind.default_effect) for code, kind in ours.items()}


@pytest.mark.parametrize("hook", MODES)
def test_every_hook_is_documented_with_its_arguments(hook: str) -> None:
    names = getattr(Hooks, hook).__code__.co_varnames[1 : getattr(Hooks, hook).__code__.co_argcount]
    (row,) = [row for row in rows(PROTOCOL) if row[0] == f"`{hook}`"]
    assert re.findall(r"\w+", row[1]) == list(names)
    assert row[2] == MODES[hook].value
    assert f"| `{hook}({', '.join(names)})` |" in AUTHORING.read_text()


def test_every_key_of_the_manifest_is_documented() -> None:
    text = AUTHORING.read_text()
    section = text[text.index("## The manifest") : text.index("## Other languages")]
    generated = {"schema", "id", "version", "wire", "tool", "model", "hook", "command"}
    for field in msgspec.structs.fields(Manifest):
        inner = field.type if isinstance(field.type, type) and issubclass(field.type, Strict) else None
        names = [each.name for each in msgspec.structs.fields(inner)] if inner else [field.name]
        for name in names:
            assert name in generated or f"`{name}`" in section or f"[[{name}]]" in section, name


@pytest.mark.parametrize("key", sorted(keys(Settings)))
def test_every_key_of_the_configuration_is_documented(key: str) -> None:
    assert f"`{key}`" in KERNEL.read_text()


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_is_documented_with_its_options(path: tuple[str, ...]) -> None:
    name = " ".join(path)
    (row,) = [row for row in rows(KERNEL) if re.match(rf"`peg {name}[ `]", row[0])]
    everywhere = set(options(peg))
    for option in set(options(COMMANDS[path])) - everywhere:
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", row[1]), f"peg {name} {option}"


def test_every_option_of_a_prompt_is_documented() -> None:
    documented = {name for row in rows(KERNEL) for name in re.findall(r"(?<![\w-])--?[\w-]+", row[0])}
    assert set(options(peg)) <= documented


def options(command: click.Command) -> list[str]:
    """The names of its options, the longest of each."""
    found = [each for each in command.params if isinstance(each, click.Option)]
    return [max(each.opts, key=len) for each in found if not each.is_eager or each.name == "version"]


def test_every_exit_status_is_documented() -> None:
    documented = {int(row[0]) for row in rows(KERNEL) if row[0].isdigit()}
    assert documented == {int(status) for status in Exit}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_types_exists(page: Path) -> None:
    typed = re.findall(r"(?:^|[`$ /])peg((?: [a-z]+)+)", page.read_text(), re.MULTILINE)
    groups = {path[0] for path in COMMANDS}
    for words in {tuple(each.split()) for each in typed}:
        if words[0] in groups:
            assert any(words[: len(path)] == path or path[: len(words)] == words for path in COMMANDS), words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.mark], ids=str)
def test_what_is_quoted_is_in_the_file(block: Block) -> None:
    if block.mark == "made":
        source = files_for(names_for("words"), sdk_release())[block.path]
    else:
        source = (ROOT / block.path).read_text()
    assert block.text in source


def test_the_plugin_of_the_first_page_is_the_one_that_ships() -> None:
    (block,) = [block for block in BLOCKS if block.page == ROOT / "README.md" and block.kind == "python"]
    shipped = (ROOT / "plugins/hello/src/pegboard_hello/__init__.py").read_text()
    assert [line for line in block.text.splitlines() if line] == [line for line in shipped.splitlines() if line]


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.kind == "python" and not block.mark], ids=str)
def test_every_block_of_python_runs(block: Block, tmp_path: Path) -> None:
    script = tmp_path / "block.py"
    script.write_text(block.text)
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_the_schemas_are_current() -> None:
    program = "import json, runpy, sys; json.dump(runpy.run_path(sys.argv[1])['schemas'](), sys.stdout)"
    writer = ROOT / "sdk" / "schema" / "write.py"
    done = subprocess.run(
        [sys.executable, "-c", program, str(writer)], capture_output=True, text=True, check=True, timeout=60
    )
    for name, text in msgspec.json.decode(done.stdout, type=dict[str, str]).items():
        assert (writer.parent / name).read_text() == text, f"run `python sdk/schema/write.py`: {name} is old"
