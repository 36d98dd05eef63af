"""The checks pass a plugin that is right, in any language, and name each thing that one does wrong."""

import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from needing import absent

from pegboard_sdk.conformance.checking import CHECKS, check
from pegboard_sdk.conformance.report import Report, State
from pegboard_sdk.conformance.subject import read_subject

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
SCRIPT = HERE / "misbehaving.py"
MANIFEST = HERE / "misbehaving" / "pegboard.toml"
EXAMPLE = ROOT / "sdk" / "examples" / "javascript" / "plugin.mjs"


def report_on(fault: str, *only: str) -> Report:
    return check(read_subject([sys.executable, str(SCRIPT), fault], MANIFEST, {}), calls=20, only=only)


def failed(report: Report) -> list[str]:
    return [finding.check for finding in report.findings if finding.state is State.FAILED]


def test_a_plugin_by_hand_passes_all_that_it_can_show() -> None:
    report = report_on("")
    assert (failed(report), report.count(State.SKIPPED)) == (["deadline", "drop"], 0), report.text()


@pytest.mark.parametrize(
    ("fault", "found_by"),
    [
        ("never greets", "greets"),
        ("prints before", "greets"),
        ("wrong proof", "proof"),
        ("wrong hash", "manifest-hash"),
        ("wrong id", "identity"),
        ("other version", "version"),
        ("takes any version", "no-version"),
        ("undeclared hook", "hooks"),
        ("one frame a read", "merged-frames"),
        ("dies of kind 70", "unknown-kinds"),
        ("knows every method", "unknown-method"),
        ("internal for unknown tools", "unknown-tool"),
        ("vague effect", "unknown-tool"),
        ("takes any arguments", "bad-params"),
        ("crashes on bad params", "bad-params"),
        ("refuses what its schema allows", "random-calls"),
        ("dies in calls", "random-calls"),
        ("ignores cancel", "cancel"),
        ("wrong code for cancel", "cancel"),
        ("no pong when busy", "ping-busy"),
        ("asks unasked", "uses"),
        ("streams without a window", "no-window"),
        ("ignores drain", "drain"),
        ("leaves without bye", "drain"),
        ("stays", "eof"),
    ],
)
def test_what_is_wrong_is_found(fault: str, found_by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pegboard_sdk.conformance.bench.PATIENCE", 5.0)
    monkeypatch.setattr("pegboard_sdk.conformance.framing.PATIENCE", 5.0)
    report = report_on(fault, found_by)
    assert failed(report) == [found_by], report.text()


@pytest.mark.parametrize(
    ("fault", "found_by"),
    [("answers twice", "order"), ("ignores credit", "order"), ("prints after", "clean-channel")],
)
def test_what_is_wrong_in_passing_is_found_at_the_end(fault: str, found_by: str) -> None:
    assert found_by in failed(report_on(fault, "no-window", "stream-end", "order", "clean-channel"))


def test_the_javascript_example_keeps_to_the_protocol() -> None:
    if shutil.which("node") is None:
        absent("node")
    lines = EXAMPLE.read_text().splitlines()
    assert len([line for line in lines if not line.startswith("//")]) <= 60
    assert max(map(len, lines)) <= 120
    report = check(read_subject(["node", str(EXAMPLE)], None, {}), calls=60)
    assert report.count(State.PASSED) == len(CHECKS), report.text()


def test_the_command_line_reports_for_people_and_for_machines(tmp_path: Path) -> None:
    junit = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pegboard_sdk.conformance", "--junit", str(junit), "--only", "proof"]
    target = ["--manifest", str(MANIFEST), "--", sys.executable, str(SCRIPT), "wrong proof"]
    done = subprocess.run([*command, *target], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (1, "")
    assert "FAIL proof" in done.stdout
    assert "misbehaving: 0 of 1 checks passed" in done.stdout
    suite = ElementTree.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--", "no-such-command"], "no pegboard.toml beside the command's script"),
        (["--manifest", "/no/such/pegboard.toml", "--", "true"], "No such file"),
        (["--manifest", str(MANIFEST), "--", "/no/such/program"], "No such file"),
        (["--manifest", str(MANIFEST), "--arguments", "nothing={}", "--", "true"], "no such tool"),
    ],
)
def test_what_cannot_be_checked_is_said_in_one_line(arguments: list[str], says: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pegboard_sdk.conformance", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=60,
    )
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
