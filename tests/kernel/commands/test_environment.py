"""What reaches a command's environment."""

from pegboard.commands.environment import FIXED, command_environment

OURS = {
    "HOME": "/home/a",
    "LC_ALL": "C.UTF-8",
    "OPENAI_API_KEY": "sk-planted",
    "PEGBOARD_FD": "5",
    "PEGBOARD_PLUGIN": "1",
    "PATH": "/evil",
    "LD_PRELOAD": "/evil.so",
    "BASH_ENV": "/evil.sh",
}


def test_only_what_is_named_is_passed_on() -> None:
    assert command_environment(OURS, path="/usr/bin", extra={}) == {
        "HOME": "/home/a",
        "LC_ALL": "C.UTF-8",
        "PATH": "/usr/bin",
        **FIXED,
    }


def test_the_users_own_variables_are_added_but_never_ours() -> None:
    found = command_environment({}, path="/usr/bin", extra={"JAVA_HOME": "/j", "PATH": "/x", "PEGBOARD_FD": "3"})
    assert found == {**FIXED, "JAVA_HOME": "/j", "PATH": "/usr/bin"}
