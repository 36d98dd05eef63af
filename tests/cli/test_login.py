"""`peg login` and `peg logout` as a person uses them, without a keyring as on a server."""

import os
import pty
import stat
import subprocess
import sys
from contextlib import suppress

import pytest
from scripted_server import ScriptedServer
from scripted_turn import Turn

KEY = "sk-0123456789abcdef"


def test_a_key_is_kept_used_shown_and_forgotten(home):
    file = home.folder / "data" / "credentials.json"
    done = home.peg("login", "--stdin", stdin=f"{KEY}\n")
    assert (done.returncode, done.stdout) == (0, f"OPENAI_API_KEY is kept in the file {file}\n")
    assert "so the key goes into the file" in done.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    status = home.peg("login", "--status").stdout
    assert status.splitlines()[-1].split() == ["OPENAI_API_KEY", "file", "[openai]"]
    with ScriptedServer([Turn(text="hello")], key=KEY) as model:
        home.env["OPENAI_BASE_URL"] = model.url
        assert home.peg("-p", "x").stdout == "hello\n"
        home.env["OPENAI_API_KEY"] = "from-the-environment"
        assert home.peg("-p", "x").stdout == "hello\n"
    assert "file, not that of the environment" in home.peg("login", "--status").stdout
    gone = home.peg("logout", "openai")
    assert gone.stdout == "OPENAI_API_KEY is forgotten. The environment still holds one.\n"
    assert KEY not in file.read_text()
    assert home.peg("logout").returncode == 1
    assert home.peg("logout", "--all").returncode == 0
    assert KEY not in status + done.stdout + done.stderr + gone.stdout


def test_two_accounts(home):
    home.config.mkdir()
    (home.config / "config.toml").write_text('[models.work]\napi_key_env = "OPENAI_API_KEY@work"\nmodel = "m"\n')
    assert home.peg("login", "openai", "--stdin", "--file", stdin=f"{KEY}1\n").returncode == 0
    assert home.peg("login", "openai", "--profile", "work", "--stdin", "--file", stdin=f"{KEY}2\n").returncode == 0
    with ScriptedServer([Turn(text="hello")], key=f"{KEY}2") as model:
        home.env["OPENAI_BASE_URL"] = model.url
        with (home.config / "config.toml").open("a") as config:
            config.write(f'base_url = "{model.url}"\n')
        assert home.peg("-p", "x", "--model", "work").stdout == "hello\n"
        assert home.peg("-p", "x", "--model", "openai/m").returncode == 6
    assert home.peg("logout", "openai", "--profile", "work").returncode == 0
    assert home.peg("login", "--status").stdout.splitlines()[1].split()[:2] == ["OPENAI_API_KEY", "file"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "it is empty"),
        ("tiny77", "shorter than 8"),
        ("a" * 9000, "longer than"),
        ("sk-0123 456789", "white space"),
        ("OPENAI_API_KEY=sk-0123456789", "give the key alone"),
        ('"sk-0123456789"', "without quotes"),
    ],
)
def test_what_is_no_key_is_refused_and_not_repeated(home, typed: str, words: str):
    done = home.peg("login", "--stdin", "--file", stdin=f"{typed}\n")
    assert done.returncode == 1
    assert words in done.stderr
    assert not typed or typed not in done.stderr
    assert not (home.folder / "data" / "credentials.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("login", "nobody"), "no provider `nobody` asks for a key; these do: anthropic, openai"),
        (("logout", "nobody"), "no provider `nobody` asks for a key"),
        (("login", "--profile", "a/b", "--stdin"), "--profile takes letters"),
        (("login",), "there is no terminal to ask at; give the key with --stdin"),
    ],
)
def test_what_cannot_be_is_one_sentence(home, arguments: tuple[str, ...], words: str):
    done = home.peg(*arguments)
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_others_can_read_is_refused_by_login_and_by_a_run(home):
    home.peg("login", "--stdin", "--file", stdin=f"{KEY}\n")
    file = home.folder / "data" / "credentials.json"
    file.chmod(0o644)
    for arguments in (("login", "--status"), ("-p", "x")):
        done = home.peg(*arguments)
        assert done.returncode != 0
        assert "is open to others (mode 0644); change the keys in it, and chmod 600 it" in done.stderr
        assert KEY not in done.stderr + done.stdout


def test_at_a_terminal_the_key_is_not_echoed(home):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pegboard", "login", "--file"]
    child = subprocess.Popen(
        command, cwd=home.workspace, env=home.env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # which is how the end of the other side is told
        while data := os.read(ours, 1024):
            if b"OPENAI_API_KEY:" in data:
                os.write(ours, f"{KEY}\n".encode())
            seen += data
    assert child.wait(30) == 0, seen
    os.close(ours)
    assert KEY.encode() not in seen
    assert b"is kept in the file" in seen
