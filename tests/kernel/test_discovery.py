"""Discovery over folders that look as installers leave them. No plugin of theirs could be imported: none has code."""

import base64
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pegboard.discovery import CACHE_NAME, Environment, discover, foreign_environment
from pegboard.found import Found, Origin

POISON = "raise SystemExit('a plugin was imported')\n"


def manifest(plugin: str, version: str = "1.0", extra: str = "") -> str:
    return f'schema = 1\nid = "{plugin}"\nversion = "{version}"\n{extra}'


def install(
    site: Path,
    name: str,
    *,
    plugin: str | None = None,
    text: str | None = None,
    version: str = "1.0",
    record: bool = True,
) -> Path:
    """A distribution as pip leaves it; returns the folder of its package."""
    plugin = plugin or name
    package = site / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(POISON)
    body = (text if text is not None else manifest(plugin)).encode()
    (package / "pegboard.toml").write_bytes(body)
    info = site / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text(f"[console_scripts]\nx = y:z\n\n[pegboard.plugins]\n{plugin} = {name}.a:b\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
    line = f"{name}/pegboard.toml,sha256={digest},{len(body)}\n" if record else ""
    (info / "RECORD").write_text(f"{name}/__init__.py,,\n{line}")
    return package


def editable(site: Path, name: str, pth: str, *, source: Path) -> None:
    package = source / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(POISON)
    (package / "pegboard.toml").write_text(manifest(name))
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "entry_points.txt").write_text(f"[pegboard.plugins]\n{name} = {name}:plugin\n")
    (info / "direct_url.json").write_text(json.dumps({"url": "file:///x", "dir_info": {"editable": True}}))
    (info / "RECORD").write_text(f"_{name}.pth,,\n{name}-1.0.dist-info/RECORD,,\n")
    (site / f"_{name}.pth").write_text(pth)


def only(found: tuple[Found, ...]) -> Found:
    assert len(found) == 1
    return found[0]


def age(root: Path) -> None:
    for path in [root, *root.rglob("*")]:
        os.utime(path, (1_000_000_000, 1_000_000_000))


def test_an_installed_plugin_is_found_with_its_manifest_and_paths(tmp_path: Path):
    package = install(tmp_path, "alpha")
    found = only(discover([Environment((tmp_path,))]))
    assert (found.id, found.origin, found.problem, found.dev) == ("alpha", Origin.OWN, "", False)
    assert found.manifest is not None
    assert found.manifest_sha256 == hashlib.sha256((package / "pegboard.toml").read_bytes()).digest()
    assert (found.package, found.entry, found.path) == (str(package), "alpha.a:b", (str(tmp_path),))


def test_an_editable_plugin_is_found_through_its_plain_pth_line_and_is_dev(tmp_path: Path):
    site, source = tmp_path / "site", tmp_path / "src"
    editable(site, "alpha", f"# comment\n{source}\n", source=source)
    found = only(discover([Environment((site,))]))
    assert (found.problem, found.dev, found.package) == ("", True, str(source / "alpha"))
    assert found.path == (str(site), str(source))


def test_an_executable_finder_is_refused_with_the_repair(tmp_path: Path):
    site, source = tmp_path / "site", tmp_path / "src"
    mark = tmp_path / "ran"
    editable(site, "alpha", f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n", source=source)
    found = only(discover([Environment((site,))]))
    assert "editable_mode=compat" in found.problem
    assert found.manifest is None
    assert not mark.exists()


def test_a_broken_manifest_is_the_problem_of_that_plugin_alone(tmp_path: Path):
    install(tmp_path, "alpha", text="schema = [")
    install(tmp_path, "beta")
    alpha, beta = discover([Environment((tmp_path,))])
    assert alpha.manifest is None
    assert "not TOML" in alpha.problem
    assert beta.problem == ""


def test_an_id_other_than_the_entry_points_name_is_refused(tmp_path: Path):
    install(tmp_path, "alpha", text=manifest("other"))
    assert "`other`" in only(discover([Environment((tmp_path,))])).problem


def test_a_manifest_that_was_changed_after_its_installation_is_refused(tmp_path: Path):
    package = install(tmp_path, "alpha")
    (package / "pegboard.toml").write_text(manifest("alpha", extra='uses = ["fs.write"]'))
    assert "changed after it was installed" in only(discover([Environment((tmp_path,))])).problem


def test_a_version_other_than_the_distributions_is_refused(tmp_path: Path):
    install(tmp_path, "alpha", version="2.0")
    assert "has version 1.0, the distribution 2.0" in only(discover([Environment((tmp_path,))])).problem


def test_a_distribution_without_a_manifest_says_what_to_add(tmp_path: Path):
    install(tmp_path, "alpha", record=False)
    assert "add it to the package's data" in only(discover([Environment((tmp_path,))])).problem


def test_the_same_id_twice_names_both_places(tmp_path: Path):
    first, second = tmp_path / "one", tmp_path / "two"
    install(first, "alpha")
    install(second, "alpha")
    for found in discover([Environment((first,)), Environment((second,), "/usr/bin/python3")]):
        assert found.manifest is None
        assert str(first) in found.problem
        assert str(second) in found.problem


def test_a_virtual_environment_elsewhere_brings_its_own_interpreter(tmp_path: Path):
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    install(site, "alpha")
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    for place in (tmp_path, site):
        found = only(discover([foreign_environment(place)]))
        assert (found.origin, found.interpreter) == (Origin.FOREIGN, str(tmp_path / "bin" / "python"))


def test_a_folder_plugin_needs_something_to_run(tmp_path: Path):
    for name, run in (("good", '[run]\nargv = ["node", "{package}/p.mjs"]\n'), ("bare", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pegboard.toml").write_text(manifest(name, extra=run))
    bare, good = discover([], folders=[tmp_path])
    assert "no [run] argv" in bare.problem
    assert (good.problem, good.origin, good.package) == ("", Origin.FOLDER, str(tmp_path / "good"))


def test_the_cache_answers_until_something_changes(tmp_path: Path):
    site, cache = tmp_path / "site", tmp_path / "cache"
    package = install(site, "alpha")
    age(site)
    first = discover([Environment((site,))], cache=cache)
    assert (cache / CACHE_NAME).exists()
    assert discover([Environment((site,))], cache=cache) == first
    (package / "pegboard.toml").write_text("schema = 2")
    assert only(discover([Environment((site,))], cache=cache)).problem
    install(site, "beta")
    assert len(discover([Environment((site,))], cache=cache)) == 2


def test_a_missing_manifest_that_appears_is_seen_in_spite_of_the_cache(tmp_path: Path):
    site, source, cache = tmp_path / "site", tmp_path / "src", tmp_path / "cache"
    editable(site, "alpha", f"{source}\n", source=source)
    (source / "alpha" / "pegboard.toml").unlink()
    age(tmp_path)
    assert only(discover([Environment((site,))], cache=cache)).problem
    (source / "alpha" / "pegboard.toml").write_text(manifest("alpha"))
    assert only(discover([Environment((site,))], cache=cache)).problem == ""


def test_what_changed_a_moment_ago_is_not_cached(tmp_path: Path):
    site, cache = tmp_path / "site", tmp_path / "cache"
    install(site, "alpha")
    discover([Environment((site,))], cache=cache)
    assert not (cache / CACHE_NAME).exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=st.binary(max_size=200), at=st.integers(0, 200))
def test_a_damaged_cache_is_ignored(tmp_path: Path, damage: bytes, at: int):
    site, cache = tmp_path / "site", tmp_path / "cache"
    if not site.exists():
        install(site, "alpha")
        age(site)
    truth = discover([Environment((site,))])
    discover([Environment((site,))], cache=cache)
    file = cache / CACHE_NAME
    whole = file.read_bytes()
    file.write_bytes(whole[:at] + damage)
    assert discover([Environment((site,))], cache=cache) == truth
    file.unlink()


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path):
    site = tmp_path / "site"
    install(site, "alpha")
    age(site)
    (tmp_path / "file").write_text("")
    assert only(discover([Environment((site,))], cache=tmp_path / "file" / "below")).problem == ""


def test_unreadable_folders_and_garbage_are_no_error(tmp_path: Path):
    info = tmp_path / "junk-1.0.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_bytes(b"\xff\xfe[pegboard.plugins]\n")
    assert discover([Environment((tmp_path, tmp_path / "missing"))], folders=[tmp_path / "nowhere"]) == ()


@pytest.mark.parametrize("count", [1, 30])
def test_nothing_of_a_plugin_is_imported_or_executed(tmp_path: Path, count: int):
    """An audit hook sees every import and every process that discovery causes."""
    for number in range(count):
        install(tmp_path / "site", f"alpha{number}")
    (tmp_path / "site" / "evil.pth").write_text("import os; os._exit(9)\n")
    script = """
import sys
import tomllib  # which reads manifests, and is imported with the first
from pathlib import Path
from pegboard.discovery import Environment, discover
seen = []
sys.addaudithook(lambda event, args: seen.append((event, args[0])) if event in watched else None)
watched = {"import", "exec", "os.system", "subprocess.Popen", "os.posix_spawn", "os.fork"}
print(len(discover([Environment((Path(sys.argv[1]),))])))
bad = [one for one in seen if one[0] != "exec" and not str(one[1]).startswith(("encodings", "unicodedata"))]
print(bad)
print("importlib.metadata" in sys.modules)
"""
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "site")], capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout.splitlines() == [str(count), "[]", "False"]
