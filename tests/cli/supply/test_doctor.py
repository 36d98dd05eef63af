"""What an environment runs unasked is told, and nothing of it is run."""

from pathlib import Path

from pegboard.cli.supply.doctor import findings


def test_a_plain_environment_has_no_findings(tmp_path: Path) -> None:
    install(tmp_path, "plain")
    (tmp_path / "plain" / "__pycache__").mkdir()
    (tmp_path / "plain" / "__pycache__" / "x.pyc").write_bytes(b"")
    assert findings([tmp_path, tmp_path / "missing"]) == []


def install(site: Path, name: str) -> Path:
    (site / name).mkdir()
    (site / name / "__init__.py").write_text("")
    info = site / f"{name}-1.dist-info"
    info.mkdir()
    (info / "RECORD").write_text(f"{name}/__init__.py,,\n{info.name}/RECORD,,\n../../../bin/{name},,\n")
    return info


def test_everything_that_runs_unasked_or_is_nobodys_is_told(tmp_path: Path) -> None:
    info = install(tmp_path, "edited")
    (info / "direct_url.json").write_text('{"url": "file:///x", "dir_info": {"editable": true}}')
    with (info / "RECORD").open("a") as record:
        record.write(f"{info.name}/direct_url.json,,\n")
    mark = tmp_path.parent / "ran"
    (tmp_path / "run.pth").write_text(f"import os; os.mkdir({str(mark)!r})\n")
    (tmp_path / "path.pth").write_text("src\n")
    (tmp_path / "sitecustomize.py").write_text("x = 1\n")
    (tmp_path / "edited" / "stray.py").write_text("x = 1\n")
    told = "\n".join(findings([tmp_path]))
    assert "run.pth runs code" in told
    assert f"path.pth adds {tmp_path / 'src'}" in told
    assert "sitecustomize.py is run" in told
    assert "editable, so their files may change at any time: edited" in told
    assert "edited/stray.py" in told
    assert "listed by no package: path.pth, run.pth, sitecustomize.py, edited/stray.py" in told
    assert not mark.exists()
