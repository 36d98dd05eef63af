"""How bash reads a command: every program in it is replaced by one that reports its arguments and its input."""

import os
import subprocess

from pegboard.gate.command.script import Command, Script
from pegboard.gate.command.tokenizer import parse

PIECES = [
    *"abc01 \t\n'\"\\;|&<>#$`(){}[]*?!~=%+-_.,:^@",
    "&&",
    "||",
    "2>&1",
    ">/dev/null",
    "2>/dev/null",
    "&>/dev/null",
    "'x y'",
    '"x y"',
    "\\\n",
    "<<'E'\n",
    "\nE\n",
    "<<-'E'\n",
    "\tE\n",
    "echo ",
    "true",
    "cd ",
    "$x",
    "$(x)",
    "${x}",
    "{a,b}",
    "if ",
    "done",
    "é",
    "\\ ",
    "'\\''",
    "@{1}",
    "HEAD~1",
    '"$"',
    "a=b",
    "==",
    "2>",
    "{}",
    " | ",
    " ; ",
    " && ",
    "\n\n",
    "# x",
    " <<'E' ",
    "E\n",
    '"a$"',
    "time ",
    "in",
]
"""What texts for a comparison are made of: everything that means something to bash, and a little that does not."""

_PROGRAM = """set -f; exec 9>&1; PATH=/nonexistent; off=
command_not_found_handle() {
  local input; input=$(</dev/stdin)
  # One write a command: bash writes at each line's end, and the programs of a pipe report at the same time.
  printf '%s\\0' "${@//$'\\n'/$'\\2'}" "${input//$'\\n'/$'\\2'}" $'\\1' >&9
  return $status
}
for name in $(compgen -b); do
  case $name in printf|return|enable|local) ;; *) off="$off $name";; esac
done
enable -n $off
"""


def runs(script: Script, status: int) -> list[Command]:
    """The commands that run when each of them ends with `status`."""
    found: list[Command] = []
    last = 0
    for group in script.groups:
        if group.when == ";" or (group.when == "&&") == (last == 0):
            found.extend(group.commands)
            last = status
    return found


def difference(text: str) -> str:
    """Where bash reads an accepted text otherwise than the tokenizer; empty also when it was not accepted."""
    script = parse(text)
    if not isinstance(script, Script):
        return ""
    commands = [command for group in script.groups for command in group.commands]
    names = {command.words[0].text for command in commands}
    if any("/" in name or name[:1] in "%." for name in names) or not names.isdisjoint(
        ("printf", "return", "local", "time", "enable")
    ):
        return ""
    nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    for status in (0, 1) if any(group.when != ";" for group in script.groups) else (0,):
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-c", f"status={status}\n{_PROGRAM}{text}"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
            cwd="/",
            **nobody,  # type: ignore[call-overload]
        )
        reported = done.stdout.decode().replace("\2", "\n").split("\1\0")[:-1]
        got = sorted(tuple(part.split("\0")[:-1]) for part in reported)
        expected = sorted(
            (*(word.text for word in command.words), (command.stdin or "").rstrip("\n"))
            for command in runs(script, status)
        )
        if got != expected:
            return f"{text!r}: bash {got}, here {expected}; {done.stderr.decode(errors='replace')}"
    return ""
