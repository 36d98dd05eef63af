"""What goes wrong is said in one line that names it, with the exit status of its kind, and never a traceback."""

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from needing import absent
from scripted_server import Call, ScriptedServer, Turn

DOWN = "http://127.0.0.1:9/v1"


def one_line(done: Any, status: int, *said: str) -> None:
    assert done.returncode == status, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert "Traceback" not in done.stderr
    assert len(lines) == 1, done.stderr
    for part in said:
        assert part in lines[0]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("-m", "nonsense"), 1, ("no model 'nonsense'", "PROVIDER/ID")),
        (("-m", "nope/x"), 1, ("no provider `nope`", "installed: anthropic, openai, replay")),
        (("-m", "files/x"), 1, ("no provider `files`",)),
        (("--set", "nokey=1"), 2, ("--set nokey", "unknown key")),
        (("--set", "novalue"), 2, ("--set novalue", "KEY=VALUE")),
        (("--allow", "bash("), 2, ("--allow", "bash()")),
        (("--deny", "foo bar"), 2, ("--deny", "tool(pattern)")),
        (("-r", "zzz"), 1, ("no session begins with 'zzz'", "peg session list")),
        (("-c",), 1, ("no session of this folder", "leave out -c")),
    ],
    ids=str,
)
def test_a_prompt_that_cannot_run(home: Any, arguments: tuple[str, ...], status: int, said: tuple[str, ...]) -> None:
    one_line(home.peg("-p", "hi", *arguments), status, *said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--wrong",), "No such option '--wrong'"),
        (("-p", "x", "--mode", "reckless"), "'plan', 'ask', 'edit', 'auto', 'full'"),
        (("-p", "x", "--max-turns", "0"), "0 is not in the range"),
        (("-p", "x", "--cwd", "/no/such/folder"), "'/no/such/folder' does not exist"),
        (("-p", "x", "--json-schema", "/no/such/file"), "'/no/such/file' does not exist"),
        (("-p", ""), "no prompt"),
        ((), "no prompt"),
        (("session", "show"), "Missing argument 'ID'"),
        (("config", "validate", "/no/such/file"), "does not exist"),
        (("completion", "tcsh"), "'bash', 'zsh', 'fish'"),
    ],
    ids=str,
)
def test_wrong_usage_ends_with_2(home: Any, arguments: tuple[str, ...], said: str) -> None:
    done = home.peg(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_configuration_that_cannot_be_understood_is_named_with_its_line(home: Any) -> None:
    home.config.mkdir()
    (home.config / "config.toml").write_text('mode = "ask"\nmode = "\n')
    one_line(home.peg("-p", "hi"), 1, "config.toml")
    (home.config / "config.toml").unlink()
    (home.config / "config.toml").mkdir()
    done = home.peg("-p", "hi")
    one_line(done, 1, "config.toml")


def test_a_server_that_is_not_there_ends_with_6(home: Any) -> None:
    home.model(DOWN)
    done = home.peg("-p", "hi", "--set", "plugin.openai.retries=0")
    assert done.returncode in {1, 2, 6}
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("descriptors", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_closed_standard_streams_are_no_trouble(home: Any, descriptors: str) -> None:
    with ScriptedServer([Turn(text="fine")]) as server:
        home.model(server.url)
        command = f"{sys.executable} -m pegboard -p hi -o {home.folder}/answer {descriptors}"
        done = subprocess.run(
            ["sh", "-c", command], cwd=home.workspace, env=home.env, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert (home.folder / "answer").read_text() == "fine"
    assert "Traceback" not in done.stderr


def test_a_closed_standard_input_without_a_prompt_is_wrong_usage(home: Any) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m pegboard 0<&-"],
        cwd=home.workspace,
        env=home.env,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2


def test_a_reader_that_goes_away_is_no_error_message(home: Any) -> None:
    for command in ("session list --all", "tool list", "config list", "plugin list", "doctor"):
        peg = f"{sys.executable} -m pegboard {command}"
        done = subprocess.run(
            ["bash", "-c", f"{peg} | true"],
            cwd=home.workspace,
            env=home.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Broken" not in done.stderr, command
        assert "Traceback" not in done.stderr, command


def test_without_a_key_every_way_to_a_model_is_named(home: Any) -> None:
    done = home.peg("-p", "hi")
    assert (done.returncode, "Traceback" in done.stderr) == (6, False)
    for way in ("`peg login openai`", "OPENAI_API_KEY", "OPENAI_BASE_URL", "Ollama", "peg demo"):
        assert way in done.stderr


def test_a_full_disk_under_the_output_is_said(home: Any) -> None:
    if not Path("/dev/full").exists():
        absent("/dev/full")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pegboard", "config", "list"],
            cwd=home.workspace,
            env=home.env,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.strip() == "peg: No space left on device"


@pytest.mark.parametrize("room", [2_000, 6_000, 9_000, 12_000])
def test_a_full_disk_under_the_journal_ends_the_run_and_says_where(home: Any, room: int) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    turn = Turn(calls=[Call("glob", {"pattern": "{i}*"}), Call("glob", {"pattern": "b{i}"})])
    with ScriptedServer([turn]) as server:
        home.model(server.url)
        home.env["PYTHONDONTWRITEBYTECODE"] = "1"
        home.config.mkdir(exist_ok=True)
        with (home.config / "config.toml").open("a") as file:  # their own files would be the first that do not fit
            file.write('plugins.disabled = ["router", "undo"]\n')
        done = subprocess.run(
            [sys.executable, "-m", "pegboard", "-p", "hi"],
            cwd=home.workspace,
            env=home.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            preexec_fn=limit,
            check=False,
        )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "File too large" in done.stderr.splitlines()[-1]
    assert str(home.state) in done.stderr.splitlines()[-1]


def test_a_folder_that_was_removed_is_named(home: Any) -> None:
    gone = home.folder / "gone"
    gone.mkdir()
    script = f"cd {gone}; rmdir {gone}; exec {sys.executable} -m pegboard -p hi"
    done = subprocess.run(["sh", "-c", script], env=home.env, capture_output=True, text=True, check=False)
    one_line(done, 1, "the current folder was removed")


def test_names_that_are_no_utf_8(home: Any) -> None:
    odd = os.fsencode(home.folder) + b"/od\xffd"
    os.mkdir(odd)
    argv = [os.fsencode(sys.executable), b"-m", b"pegboard", b"-p"]
    with ScriptedServer([Turn(text="fine")]) as server:
        home.model(server.url)
        common: dict[str, Any] = {"env": home.env, "stdin": subprocess.DEVNULL, "capture_output": True}
        done = subprocess.run([*argv, b"hi"], cwd=odd, check=False, **common)
        assert done.returncode == 1
        assert done.stderr.decode().count("\n") == 1
        assert "is not valid UTF-8" in done.stderr.decode()
        done = subprocess.run([*argv, b"a \xff b"], cwd=home.workspace, check=False, **common)
        assert done.stdout == b"fine\n", done.stderr
        assert "a � b" in str(server.bodies[-1]["messages"])


def test_a_workspace_with_any_other_name_works(home: Any) -> None:
    odd = home.folder / "od d\n ünï'\"$`*"
    odd.mkdir()
    with ScriptedServer([Turn(calls=[Call("glob", {"pattern": "*"})]), Turn(text="fine")]) as server:
        home.model(server.url)
        assert home.peg("-p", "hi", cwd=odd).stdout == "fine\n"
        assert "done" in home.peg("session", "list", cwd=odd).stdout


def test_without_a_home_there_is_still_a_session(home: Any) -> None:
    with ScriptedServer([Turn(text="fine")]) as server:
        home.model(server.url)
        del home.env["HOME"]
        assert home.peg("-p", "hi").stdout == "fine\n"
        home.env["HOME"] = "/no/such/home"
        assert home.peg("-p", "hi").stdout == "fine\n"


def test_a_managed_policy_that_cannot_be_read_stops_everything_with_3() -> None:
    from pegboard.cli.faults import exit_of  # noqa: PLC0415
    from pegboard.config import PolicyBroken  # noqa: PLC0415
    from pegboard.errors import SpawnerDied  # noqa: PLC0415

    assert exit_of(PolicyBroken("x")) == 3
    assert exit_of(SpawnerDied("x")) == 7
