"""Where keys are kept, whose counts, and that nobody else can read or plant one."""

import os
import random
import stat
import sys
import threading
from pathlib import Path

import planting
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needing import absent

from pegboard.cli.keyring_process import act
from pegboard.config.failure import ConfigInvalid
from pegboard.secrets.credentials import NAME, Credentials, secrets_of
from pegboard.secrets.file import CredentialFile, Entry, Keeper
from pegboard.secrets.keyring import Deed, Keyring
from pegboard_sdk.errors import Unauthenticated

KEY = "OPENAI_API_KEY"


class Ring:
    """A desktop's keyring, in memory."""

    def __init__(self, priority: float = 5) -> None:
        self.priority = priority
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


class InMemory(Keyring):
    """Asks a ring without a process, and counts."""

    def __init__(self) -> None:
        self.ring = Ring()
        self.asked = 0

    def ask(self, deed: Deed, name: str, value: str = "") -> str:
        self.asked += 1
        return act(deed, name, value, self.ring)


def credentials(folder: Path, **environ: str) -> tuple[Credentials, InMemory]:
    keyring = InMemory()
    return Credentials(folder, environ, keyring=keyring), keyring


def test_a_login_counts_before_the_environment_and_logout_uncovers_it(tmp_path: Path):
    ours, _ = credentials(tmp_path, OPENAI_API_KEY="from-environment")
    assert (ours.get(KEY), ours.keepers(KEY)) == ("from-environment", [Keeper.ENVIRONMENT])
    ours.put(KEY, "from-the-file", Keeper.FILE)
    assert (ours.get(KEY), ours.keepers(KEY)) == ("from-the-file", [Keeper.FILE, Keeper.ENVIRONMENT])
    ours.put(KEY, "from-keyring", Keeper.KEYRING)
    assert (ours.get(KEY), ours.keepers(KEY)) == ("from-keyring", [Keeper.KEYRING, Keeper.ENVIRONMENT])
    assert ours.drop(KEY)
    assert (ours.get(KEY), ours.drop(KEY)) == ("from-environment", False)


def test_a_keyring_is_asked_only_where_a_login_put_a_key_and_once(tmp_path: Path):
    ours, keyring = credentials(tmp_path)
    assert (ours.get(KEY), keyring.asked) == ("", 0)
    ours.put(KEY, "from-keyring", Keeper.KEYRING)
    again = Credentials(tmp_path, {}, keyring=keyring)
    assert {again.get(KEY) for _ in range(3)} == {"from-keyring"}
    assert keyring.asked == 2
    assert "from-keyring" not in ours.file.path.read_text()
    assert ours.drop(KEY)
    assert keyring.ring.held == {}


def test_two_accounts_have_two_names(tmp_path: Path):
    ours, _ = credentials(tmp_path)
    ours.put(KEY, "the-first-one", Keeper.FILE)
    ours.put(f"{KEY}@work", "the-second-one", Keeper.FILE)
    assert (ours.get(KEY), ours.get(f"{KEY}@work")) == ("the-first-one", "the-second-one")
    assert NAME.fullmatch(f"{KEY}@work")
    assert not NAME.fullmatch("KEY=value")


def test_who_hides_secrets_is_told_what_is_known_and_what_is_given(tmp_path: Path):
    ours, _ = credentials(tmp_path, OPENAI_API_KEY="from-environment", HOME="/somewhere/else")
    ours.put("OTHER", "from-the-file", Keeper.FILE)
    ours.put("THIRD", "from-keyring", Keeper.KEYRING)
    told: list[str] = []
    ours.tell(told.append)
    assert {*told} - {""} == {"from-environment", "from-the-file"}
    ours.get("THIRD")
    assert told[-1] == "from-keyring"
    late: list[str] = []
    ours.tell(late.append)
    assert "from-keyring" in late


# The file.


def test_the_file_is_for_its_owner_alone_and_is_replaced_whole(tmp_path: Path):
    file = CredentialFile(tmp_path / "new" / "credentials.json")
    assert file.read() == {}
    for value in ("first-value", "second-value"):
        file.write({KEY: Entry(Keeper.FILE, value)})
        assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
        assert file.read() == {KEY: Entry(Keeper.FILE, value)}
        assert [path.name for path in file.path.parent.iterdir()] == ["credentials.json"]
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700


def test_the_mode_holds_under_any_umask(tmp_path: Path):
    before = os.umask(0)
    try:
        CredentialFile(tmp_path / "credentials.json").write({})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "credentials.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666])
def test_a_file_that_others_can_open_is_refused(tmp_path: Path, mode: int):
    file = CredentialFile(tmp_path / "credentials.json")
    file.write({KEY: Entry(Keeper.FILE, "a-very-secret-value")})
    file.path.chmod(mode)
    with pytest.raises(ConfigInvalid, match=rf"open to others \(mode {mode:04o}\).*chmod 600"):
        file.read()


def test_a_file_of_another_user_is_refused(tmp_path: Path):
    if os.geteuid() != 0:
        absent("root, to give a file away,")
    file = CredentialFile(tmp_path / "credentials.json")
    file.write({})
    os.chown(file.path, 1001, 1001)
    with pytest.raises(ConfigInvalid, match="belongs to another user"):
        file.read()


def test_a_link_a_pipe_and_a_folder_are_refused_at_once(tmp_path: Path):
    CredentialFile(tmp_path / "real").write({})
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(mode=0o700)
    for name in ("link", "pipe", "folder"):
        with pytest.raises(ConfigInvalid, match="remove it and log in again"):
            CredentialFile(tmp_path / name).read()


@given(st.binary(min_size=1, max_size=200).filter(lambda junk: junk.strip()[:1] not in (b"}", b",")))
def test_damage_is_told_without_quoting_the_file(tmp_path_factory: pytest.TempPathFactory, junk: bytes):
    path = tmp_path_factory.mktemp("x") / "credentials.json"
    data = b'{"schema": 1, "credentials": {"A": {"keeper": "file", "value": "sk-secret"}}' + junk
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(ConfigInvalid) as caught:
        CredentialFile(path).read()
    assert caught.value.message == f"{path} is damaged; remove it and log in again"


def test_a_failed_write_leaves_what_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = CredentialFile(tmp_path / "credentials.json")
    file.write({KEY: Entry(Keeper.FILE, "first-value")})

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.write({})
    assert file.read() == {KEY: Entry(Keeper.FILE, "first-value")}
    assert len(list(tmp_path.iterdir())) == 1


# The keyring.


def test_a_keyring_does_what_is_asked():
    ring = Ring()
    assert act(Deed.GET, KEY, "", ring) == ""
    assert act(Deed.PUT, KEY, "value", ring) == ""
    assert act(Deed.GET, KEY, "", ring) == "value"
    assert act(Deed.DROP, KEY, "", ring) == ""
    assert act(Deed.DROP, KEY, "", ring) == ""
    assert ring.held == {}


class Broken(Ring):
    """Says the key in its error."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(password)


@pytest.mark.parametrize(
    ("ring", "words"),
    [(Ring(priority=0.5), "there is no keyring here"), (Broken(), r"the keyring refused \(RuntimeError\)$")],
)
def test_one_that_keeps_plain_text_or_fails_ends_with_a_sentence_without_the_key(ring: Ring, words: str):
    with pytest.raises(SystemExit, match=words) as caught:
        act(Deed.PUT, KEY, "the-value", ring)
    assert "the-value" not in str(caught.value.code)


def script(code: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", code)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import time; time.sleep(600)", "did not answer within 0.5 s; unlock it, or use `peg login --file`"),
        ("raise SystemExit(3)", "the keyring gave no answer; use `peg login --file`"),
        ("import os; os.write(1, b'\\xff')", "gave no answer"),
        ("raise SystemExit('it is locked')", "it is locked; use `peg login --file`"),
    ],
)
def test_a_keyring_that_hangs_or_lies_is_one_clear_sentence(code: str, words: str):
    with pytest.raises(Unauthenticated) as caught:
        Keyring({}, program=script(code), patience_s=0.5 if "sleep" in code else 30).ask(Deed.GET, KEY)
    assert words in caught.value.message


def test_the_real_process_answers_whatever_is_installed():
    """Headless, without the package or without a service, it says so and what to do instead."""
    with pytest.raises(Unauthenticated, match=r"(not installed|no keyring here).*; use `peg login --file`"):
        Keyring({"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}).ask(Deed.GET, KEY)


def test_its_process_gets_no_key_of_the_environment():
    shown = script("import os, json, sys; print(json.dumps(dict(os.environ)))")
    environ = {KEY: "from-environment", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/x", "PATH": "/usr/bin", "HOME": "/h"}
    said = Keyring(environ, program=shown, patience_s=30).ask(Deed.GET, KEY)
    assert "from-environment" not in said
    assert "unix:path=/x" in said


# What looks like a key.


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("OPENAI_API_KEY", "abcdefgh1", True),
        ("GITHUB_TOKEN", "abcdefgh1", True),
        ("PGPASSWORD", "correct horse", True),
        ("MYSQL_PWD", "abcdefgh1", True),
        ("client_secret", "abcdefgh1", True),
        ("PWD", "/home/somebody", False),
        ("OLDPWD", "/home/somebody", False),
        ("KEYBOARD", "abcdefgh1", False),
        ("TOKENIZERS_PARALLELISM", "abcdefgh1", False),
        ("MONKEY", "abcdefgh1", False),
        ("POSTGRES_PASSWORD", "postgres", False),
        ("API_KEY", "short", False),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/etc/hostname", False),
        ("AWS_SECRET_ACCESS_KEY", "/notapath/abcdefghijklmn", True),
    ],
)
def test_a_name_says_whether_its_value_is_a_key(name: str, value: str, secret: bool):
    assert (secrets_of({name: value}) == {value}) is secret


def test_writers_at_once_leave_a_whole_file(tmp_path: Path):
    values = [planting.chosen(random.Random(seed), planting.LETTERS, 4000) for seed in range(8)]

    def write(value: str) -> None:
        for _ in range(20):
            CredentialFile(tmp_path / "credentials.json").write({KEY: Entry(Keeper.FILE, value)})
            assert CredentialFile(tmp_path / "credentials.json").read()[KEY].value in values

    threads = [threading.Thread(target=write, args=(value,)) for value in values]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in tmp_path.iterdir()] == ["credentials.json"]
