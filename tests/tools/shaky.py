"""Does what it is told, however bad it is."""

import ctypes
import gc
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from pegboard_sdk import Context, Plugin

plugin = Plugin("NAME")


@plugin.tool(name="NAME_do", effect="exec", timeout_s=0)
def do(mode: str, arg: str = "", *, ctx: Context) -> str:
    """Does what it is told."""
    return MODES[mode](arg, ctx) or ""


def echo(arg, ctx):
    return arg


def die(arg, ctx):
    sys.stderr.write("these are my last words\n")
    sys.stderr.flush()
    os.kill(os.getpid(), int(arg or signal.SIGKILL))


def leave(arg, ctx):
    os._exit(int(arg))


def stop(arg, ctx):
    os.kill(os.getpid(), signal.SIGSTOP)


def sleep(arg, ctx):
    time.sleep(float(arg))


def patient(arg, ctx):
    """Ends when it is cancelled."""
    while not ctx.cancelled:
        time.sleep(0.002)
    return "cancelled"


def spin(arg, ctx):
    """Holds the interpreter lock in C."""
    ctypes.PyDLL(None).sleep(int(arg))


def say(arg, ctx):
    print("printed")
    os.write(1, b"written\n")
    subprocess.run(["echo", "from a child"], check=True)
    subprocess.run(["sh", "-c", "cat; echo on stdin"], check=True)
    return "said"


def flood(arg, ctx):
    block = b"\x1b[31m" + os.urandom(1 << 16) + b"x" * (1 << 16)
    for _ in range(int(arg) // len(block)):
        os.write(2, block)
    return "flooded"


def stream(arg, ctx):
    block = b"s" * (1 << 16)
    for _ in range(int(arg) // len(block)):
        ctx.write(block)
    return str(rss_mib())


def tiny(arg, ctx):
    sent = 0
    for _ in range(int(arg)):
        ctx.write(b"t")
        sent += 1
    return str(sent)


def value(arg, ctx):
    return "v" * int(arg)


def daemon(arg, ctx):
    """Leaves three behind: a child, one in a session of its own, one that is stopped. Writes their pids to a file."""
    script = (
        "sleep 600 & echo $!; setsid sh -c 'echo $$; sleep 600' & sh -c 'echo $$; kill -STOP $$' & "
        "(setsid sh -c 'trap \"\" TERM HUP INT; echo $$; while :; do sleep 600; done' &) ; sleep 600"
    )
    out = os.open(arg, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    child = subprocess.Popen(["sh", "-c", script], stdout=out)
    while len(Path(arg).read_text().split()) < 4:
        time.sleep(0.002)
    Path(arg + ".done").write_text(f"{child.pid}\n")
    return "begun"


def daemon_busy(arg, ctx):
    daemon(arg, ctx)
    time.sleep(600)


def ask(arg, ctx):
    return ctx.ask(arg)


def tool(arg, ctx):
    name, _, rest = arg.partition(" ")
    return ctx.call_tool(name, mode="tool" if rest else "echo", arg=rest or "leaf").parts[0].text


def environ(arg, ctx):
    return repr(dict(os.environ)) + repr(Path("/proc/self/environ").read_bytes()) + repr(sys.path)


def where(arg, ctx):
    return f"{os.getcwd()} {os.getsid(0)} {os.getpid()} {sys.dont_write_bytecode} {sys.pycache_prefix}"


def search(arg, ctx):
    """How often the two halves of a key stand side by side in this process's memory; never joined by the search."""
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # so that a user who is not root may read it as well
    left, right = (part.encode() for part in arg.split(","))
    found = 0
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
        for line in maps.read().splitlines():
            span, rights = line.split()[:2]
            if "r" not in rights or "[v" in line:
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            for at in range(start, end, 1 << 20):
                try:
                    memory.seek(at)
                    block = memory.read(min((1 << 20) + 64, end - at))
                except OSError:
                    break
                for hit in re.finditer(re.escape(left), block):
                    found += block[hit.end() : hit.end() + len(right)] == right
    return str(found)


def rss_mib():
    gc.collect()
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return 0


MODES = {
    name: function
    for name, function in list(globals().items())
    if callable(function) and getattr(function, "__module__", "") == __name__ and name != "do"
}
