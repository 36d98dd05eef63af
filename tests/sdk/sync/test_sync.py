"""Manifests are written from the code; what an author set by hand, and every comment, stays."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))

PROJECT = """
[project]
name = "pegboard-sample"
version = "0.2.0"
description = "A sample."
[project.entry-points."pegboard.plugins"]
sample = "pegboard_sample:plugin"
"""

CODE = '''
"""A sample."""
from pegboard_sdk import Context, ModelContext, ModelReply, Plugin, StreamModel

print("printed at import")
plugin = Plugin("sample")

@plugin.tool(effect=["read", "net"], family="net", timeout_s=1.5, subjects={"url": "url"})
def fetch(url: str, lines: int = 5, *, ctx: Context) -> str:
    """Fetch a "page".

    lines: at most so many
    """
    return url

@plugin.tool(effect="read", subjects={"where": "dir"})
def look(where: str, *, ctx: Context) -> str:
    """Look around."""
    return where

@plugin.model("sampler")
def stream(request: StreamModel, *, ctx: ModelContext) -> ModelReply: ...

@plugin.command("shorten", summary="Shorten it.")
def shorten(text: str) -> str: return text

@plugin.channel("lines")
def lines(front): ...

@plugin.hook(kind="gate", order=3)
def before_tool(use): ...
'''

BY_HAND = """# The plugin of samples.
schema = 1
id = "sample"
version = "0.1.0" # equals the distribution's
wire = [1]
summary = "Says it by hand."
start = "prompt"
idle_s = 0
uses = ["user.ask"]

# It needs the network.
[capabilities]
net = ["config:base_url"]
env = [
    "HTTP_PROXY", # [[tool]] in a comment
    "HTTPS_PROXY",
]

# What a page is.
[[tool]]
name = "fetch"
description = '''Another
[[tool]]
text.'''
effects = ["read"]
input = "schemas/page.json"

[[tool]]
name = "gone"
description = "Is in the code no more."
effects = ["read"]
input = "schemas/gone.json"

# It is no terminal.
[[channel]]
name = "lines"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    package = tmp_path / "src" / "pegboard_sample"
    package.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (package / "__init__.py").write_text(CODE)
    return tmp_path


def sync(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", "-m", "pegboard_sdk.sync", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def manifest(project: Path) -> Path:
    return project / "src" / "pegboard_sample" / "pegboard.toml"


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_every_plugin_that_ships_is_in_step(plugin: Path) -> None:
    done = sync(plugin, "--check")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_a_manifest_is_made_from_nothing(project: Path) -> None:
    done = sync(project)
    assert done.returncode == 0, done.stderr
    assert "printed at import" in done.stderr
    table = tomllib.loads(manifest(project).read_text())
    assert (table["id"], table["version"], table["summary"]) == ("sample", "0.2.0", "A sample.")
    fetch, look = table["tool"]
    assert fetch["description"] == 'Fetch a "page".'
    assert (fetch["effects"], fetch["family"], fetch["timeout_s"]) == (["read", "net"], "net", 1.5)
    assert fetch["subjects"] == [{"param": "url", "kind": "url"}]
    assert look["subjects"] == [{"param": "where", "kind": "dir", "access": "list"}]
    assert table["model"] == [{"name": "sampler"}]
    assert table["command"] == [{"name": "shorten", "summary": "Shorten it."}]
    assert table["hook"] == [{"name": "before_tool", "kind": "gate", "order": 3}]
    assert "at most so many" in (manifest(project).parent / "schemas" / "fetch.json").read_text()
    again = sync(project)
    assert "nothing to write" in again.stdout
    assert sync(project, "--check").returncode == 0


def test_what_was_set_by_hand_stays(project: Path) -> None:
    schemas = manifest(project).parent / "schemas"
    schemas.mkdir()
    (schemas / "gone.json").write_text("{}")
    manifest(project).write_text(BY_HAND)
    done = sync(project)
    assert done.returncode == 0, done.stderr
    text = manifest(project).read_text()
    table = tomllib.loads(text)
    before = tomllib.loads(BY_HAND)
    assert {key: table[key] for key in ("summary", "start", "idle_s", "uses", "capabilities", "channel")} == {
        key: before[key] for key in ("summary", "start", "idle_s", "uses", "capabilities", "channel")
    }
    assert 'version = "0.2.0" # equals the distribution' in text
    for comment in ("# The plugin of samples.", "# It needs", "# [[tool]] in a comment", "# What a page", "# It is no"):
        assert comment in text
    assert [tool["name"] for tool in table["tool"]] == ["fetch", "look"]
    assert table["tool"][0]["input"] == "schemas/page.json"
    assert sorted(path.name for path in schemas.iterdir()) == ["look.json", "page.json"]
    assert sync(project, "--check").returncode == 0


def test_check_changes_nothing_and_shows_the_difference(project: Path) -> None:
    manifest(project).write_text(BY_HAND)
    done = sync(project, "--check")
    assert done.returncode == 1
    assert '+version = "0.2.0" # equals' in done.stdout
    assert manifest(project).read_text() == BY_HAND
    assert not (manifest(project).parent / "schemas").exists()


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('Plugin("sample")', 'Plugin("other")', 'is Plugin("other")'),
        ('"""Look around."""', "pass", "tool `look` has no docstring"),
        ('{"where": "dir"}', '{"there": "dir"}', "subject `there` is no parameter; there are where"),
        ('{"where": "dir"}', '{"where": "folder"}', "subject `where`: Invalid enum value 'folder'"),
        ('{"where": "dir"}', '{"where": "dir:peek"}', "subject `where`: Invalid enum value 'peek'"),
        ("def before_tool", "def before_tools", "there is no hook `before_tools`"),
        ("where: str", "where: object", "look: "),
        ("where: str", "where", "has no type"),
        ("ModelReply, Plugin,", "ModelReply, Plugins,", "cannot import name 'Plugins'"),
    ],
)
def test_what_no_manifest_can_say_is_refused_with_the_place(was: str, becomes: str, says: str, project: Path) -> None:
    module = manifest(project).parent / "__init__.py"
    text = module.read_text()
    assert was in text
    module.write_text(text.replace(was, becomes))
    done = sync(project)
    assert done.returncode == 2, done.stdout
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    done = sync(tmp_path)
    assert done.returncode == 2
    assert "no pyproject.toml" in done.stderr
