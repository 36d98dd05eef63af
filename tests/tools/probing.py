"""What a hostile process tries. It runs inside a confinement, and outside as the control; it needs Python alone.

Each probe tries one thing. It ends normally when the thing worked, which inside is an escape; what stops it raises.
`FACTS` are places and numbers that the test planted.
"""

import contextlib
import ctypes
import errno
import json
import mmap
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
from collections.abc import Callable
from typing import Any

FACTS: dict[str, Any] = {}
PROBES: dict[str, Callable[[], object]] = {}
X86 = os.uname().machine == "x86_64"
WAIT_S = 2
DENIED = (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ESRCH)

CLONE3 = struct.pack("QQQQQ", 0x10000000, 0, 0, 0, signal.SIGCHLD) + bytes(48)
"""A user namespace, by the newer call."""

libc = ctypes.CDLL(None, use_errno=True)


class Stopped(Exception):
    """What was tried did not come about."""


def probe(function: Callable[[], object]) -> Callable[[], object]:
    PROBES[function.__name__] = function
    return function


def place(*parts: str) -> str:
    return os.path.join(FACTS["outside"], *parts)


def work(*parts: str) -> str:
    return os.path.join(FACTS["workspace"], *parts)


def call(x86: int, arm: int, *arguments: Any) -> int:
    """A system call by number. Whatever the kernel says but a refusal means that it was reached."""
    number = x86 if X86 else arm
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *words)
    if result < 0 and (code := ctypes.get_errno()) in DENIED:
        raise OSError(code, os.strerror(code))
    return int(result)


def table(name: str, function: Callable[..., object], *arguments: Any) -> None:
    """A row: a probe that is one call."""
    PROBES[name] = lambda: function(*arguments)


def is_empty(data: Any) -> None:
    if not data:
        raise Stopped("nothing there")


def read(path: str) -> None:
    with open(path, "rb") as file:
        is_empty(file.read(100))


def append(path: str) -> None:
    with open(path, "ab") as file:
        file.write(b"x")


def create(path: str) -> None:
    with open(path, "xb"):
        pass


def opened(path: str, flags: int = os.O_RDONLY) -> None:
    os.close(os.open(path, flags))


def fresh(name: str) -> str:
    """A file of one's own in the workspace."""
    path = work(name)
    with open(path, "wb") as file:
        file.write(b"mine")
    return path


# Files outside.

for name, function, *arguments in (
    ("read_file", lambda: read(place("secret"))),
    ("read_by_parent", lambda: read(work("..", "outside", "secret"))),
    ("list_folder", lambda: is_empty(os.listdir(place()))),
    ("append_file", lambda: append(place("appended"))),
    ("create_file", lambda: create(place("made"))),
    ("truncate_file", lambda: os.truncate(place("truncated"), 0)),
    ("make_folder", lambda: os.mkdir(place("made-folder"))),
    ("remove_file", lambda: os.unlink(place("removed"))),
    ("remove_folder", lambda: os.rmdir(place("removed-folder"))),
    ("rename_outside", lambda: os.rename(place("renamed"), place("renamed-to"))),
    ("rename_out", lambda: os.rename(fresh("going"), place("gone"))),
    ("rename_in", lambda: os.rename(place("taken"), work("taken"))),
    ("link_in", lambda: os.link(place("secret"), work("linked"))),
    ("link_out", lambda: os.link(fresh("linked-from"), place("linked"))),
    ("symlink_outside", lambda: os.symlink("/etc/passwd", place("pointer"))),
    ("change_mode", lambda: os.chmod(place("moded"), 0o777)),
    ("change_mode_of_secret_by_descriptor", lambda: os.fchmod(os.open(place("moded"), os.O_RDONLY), 0o700)),
    ("change_owner", lambda: os.chown(place("owned"), os.getuid(), os.getgid())),
    ("change_times", lambda: os.utime(place("timed"), (1, 1))),
    ("set_attribute", lambda: os.setxattr(place("attributed"), "user.planted", b"1")),
    ("make_fifo", lambda: os.mkfifo(place("fifo"))),
    ("read_home", lambda: read(place("home", ".ssh", "id_ed25519"))),
    ("read_shadow", lambda: read("/etc/shadow")),
    ("read_private_keys", lambda: is_empty(os.listdir("/etc/ssl/private"))),
    ("list_root_home", lambda: read("/root/.bashrc")),
    ("write_system", lambda: opened("/usr", os.O_TMPFILE | os.O_WRONLY)),
    ("write_settings", lambda: opened("/etc", os.O_TMPFILE | os.O_WRONLY)),
    ("read_host_tmp", lambda: read(FACTS["host_tmp"])),
    ("read_host_shm", lambda: read(FACTS["host_shm"])),
    ("proc_self_root", lambda: read("/proc/self/root" + place("secret"))),
    ("proc_self_cwd", lambda: read("/proc/self/cwd/../../../../../../../../" + place("secret"))),
    ("proc_victim_environ", lambda: read(f"/proc/{FACTS['victim']}/environ")),
    ("proc_victim_memory", lambda: opened(f"/proc/{FACTS['victim']}/mem")),
    ("proc_victim_root", lambda: read(f"/proc/{FACTS['victim']}/root" + place("secret"))),
    ("proc_victim_descriptors", lambda: is_empty(os.listdir(f"/proc/{FACTS['victim']}/fd"))),
    ("proc_victim_folder", lambda: is_empty(os.listdir(f"/proc/{FACTS['victim']}/cwd"))),
    ("proc_victim_command", lambda: read(f"/proc/{FACTS['victim']}/cmdline")),
    ("proc_first_environ", lambda: read("/proc/1/environ")),
    ("proc_first_root", lambda: is_empty(os.listdir("/proc/1/root/home"))),
    ("device_memory", lambda: opened("/dev/mem")),
    ("device_kernel_log", lambda: opened("/dev/kmsg")),
    ("device_disk", lambda: opened(FACTS["disk"])),
    ("device_console", lambda: opened("/dev/console", os.O_WRONLY | os.O_NOCTTY)),
    ("host_terminals", lambda: is_empty([name for name in os.listdir("/dev/pts") if name.isdigit()])),
    ("kernel_memory", lambda: opened("/proc/kcore")),
    ("core_pattern", lambda: opened("/proc/sys/kernel/core_pattern", os.O_WRONLY)),
    ("host_name_by_file", lambda: opened("/proc/sys/kernel/hostname", os.O_WRONLY)),
    ("memory_setting", lambda: opened("/proc/sys/vm/overcommit_memory", os.O_WRONLY)),
    ("magic_keys", lambda: opened("/proc/sysrq-trigger", os.O_WRONLY)),
    ("device_settings", lambda: opened("/sys/kernel/uevent_seqnum")),
    ("memory_pages", lambda: read("/proc/kpageflags")),
    ("cgroup_folder", lambda: is_empty(os.listdir("/sys/fs/cgroup"))),
    ("cgroup_move", lambda: opened(FACTS["cgroup"], os.O_WRONLY)),
    # Names that are shut, and what is hidden.
    ("shut_append", lambda: append(work(".git", "config"))),
    ("shut_create_below", lambda: create(work(".git", "hooks", "pre-commit"))),
    ("shut_truncate", lambda: os.truncate(work(".git", "config"), 0)),
    ("shut_rename_away", lambda: os.rename(work(".git"), work("git-was"))),
    ("shut_remove_below", lambda: os.unlink(work(".git", "removed"))),
    ("shut_rename_over_file", lambda: os.rename(fresh("over"), work(".envrc"))),
    ("shut_unlink_file", lambda: os.unlink(work(".envrc"))),
    ("shut_change_mode", lambda: os.chmod(work(".git", "moded"), 0o777)),
    ("shut_create_missing_file", lambda: create(work(".mcp.json"))),
    ("shut_write_missing_file", lambda: append(work(".mcp.json"))),
    ("shut_rename_over_missing", lambda: os.rename(fresh("over-missing"), work(".mcp.json"))),
    ("shut_link_over_missing", lambda: os.link(fresh("link-missing"), work(".npmrc"))),
    ("shut_symlink_over_missing", lambda: os.symlink("other", work(".npmrc"))),
    ("shut_unlink_missing", lambda: os.unlink(work(".npmrc")) or create(work(".npmrc"))),
    ("shut_make_missing_folder", lambda: os.mkdir(work(".vscode"))),
    ("shut_create_below_missing", lambda: create(work(".vscode", "tasks.json"))),
    ("shut_rename_folder_over_missing", lambda: os.mkdir(work("fake")) or os.rename(work("fake"), work(".vscode"))),
    ("shut_deep_missing", lambda: os.makedirs(work(".cargo")) or create(work(".cargo", "config.toml"))),
    ("shut_replace_parent", lambda: os.rename(work("pkg"), work("pkg-was"))),
    ("shut_nested", lambda: create(work("pkg", ".husky", "pre-push"))),
    ("shut_link_write", lambda: append(work("CLAUDE.md"))),
    ("shut_link_replace", lambda: os.rename(fresh("over-link"), work("CLAUDE.md"))),
    ("shut_link_out", lambda: os.link(work(".envrc"), work("envrc-too"))),
    ("hidden_file", lambda: read(work(".env"))),
    ("hidden_below", lambda: read(work("secrets", "token"))),
    ("hidden_linked", lambda: os.link(work(".env"), work("env-too")) or read(work("env-too"))),
):
    table(name, function, *arguments)


@probe
def symlink_read() -> None:
    os.symlink(place("secret"), work("through-read"))
    read(work("through-read"))


@probe
def symlink_write() -> None:
    os.symlink(place("appended"), work("through-write"))
    append(work("through-write"))


@probe
def shut_exchange() -> None:
    """renameat2 with RENAME_EXCHANGE."""
    os.mkdir(work("exchanged"))
    if call(316, 276, -100, work("exchanged").encode(), -100, work(".git").encode(), 2) < 0:
        raise OSError(ctypes.get_errno(), "exchange")


@probe
def make_disk() -> None:
    device = os.stat(FACTS["disk"]).st_rdev if os.path.exists(FACTS["disk"]) else os.makedev(254, 0)
    os.mknod(work("disk"), stat.S_IFBLK | 0o600, device)
    opened(work("disk"))


@probe
def make_character_device() -> None:
    os.mknod(work("memory"), stat.S_IFCHR | 0o600, os.makedev(1, 1))


@probe
def setuid_program() -> None:
    done = subprocess.run([work("rooted"), "-u"], capture_output=True, text=True, check=True)
    if done.stdout.strip() != "0" or os.getuid() == 0:
        raise Stopped(f"ran as {done.stdout.strip()}")


# Sockets.


def greeting(family: int, address: Any) -> None:
    """The other end says something when it was reached."""
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.settimeout(WAIT_S)
        one.connect(address)
        is_empty(one.recv(10))


def datagram(address: tuple[str, int]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(0.5)
        one.sendto(b"?", address)
        is_empty(one.recv(10))


def socket_of(*words: int) -> None:
    socket.socket(*words).close()


for name, function, *arguments in (
    ("tcp_loopback", lambda: greeting(socket.AF_INET, ("127.0.0.1", FACTS["tcp"]))),
    ("tcp_own_address", lambda: greeting(socket.AF_INET, (FACTS["address"], FACTS["tcp"]))),
    ("tcp_metadata", lambda: greeting(socket.AF_INET, ("169.254.169.254", 80))),
    ("tcp_fast_open", lambda: (fast_open(),)),
    ("udp_loopback", lambda: datagram(("127.0.0.1", FACTS["udp"]))),
    ("udp_name_server", lambda: datagram((FACTS["address"], FACTS["udp"]))),
    ("unix_path", lambda: greeting(socket.AF_UNIX, place("docker.sock"))),
    ("unix_bus", lambda: greeting(socket.AF_UNIX, place("bus"))),
    ("unix_display", lambda: greeting(socket.AF_UNIX, place("X0"))),
    ("unix_keys", lambda: greeting(socket.AF_UNIX, place("agent"))),
    ("unix_abstract", lambda: greeting(socket.AF_UNIX, "\0" + FACTS["abstract"])),
    ("unix_listen_outside", lambda: socket.socket(socket.AF_UNIX).bind(place("listening"))),
    ("netlink", socket_of, socket.AF_NETLINK, socket.SOCK_RAW, 0),
    ("raw_socket", socket_of, socket.AF_INET, socket.SOCK_RAW, 1),
    ("packet_socket", socket_of, getattr(socket, "AF_PACKET", 17), socket.SOCK_RAW, 0),
    ("vsock", socket_of, 40, socket.SOCK_STREAM, 0),
    ("crypto_socket", socket_of, 38, socket.SOCK_SEQPACKET, 0),
    ("multipath_tcp", socket_of, socket.AF_INET, socket.SOCK_STREAM, 262),
    ("sctp", socket_of, socket.AF_INET, socket.SOCK_STREAM, 132),
):
    table(name, function, *arguments)


def fast_open() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
        one.settimeout(WAIT_S)
        with contextlib.suppress(BlockingIOError):
            one.sendto(b"?", 0x20000000, ("127.0.0.1", FACTS["tcp"]))
        is_empty(one.recv(10))


# Other processes.


@probe
def trace() -> None:
    victim = FACTS["victim"]
    if call(101, 117, 16, victim, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "attach")
    os.waitpid(victim, 0x40000000)
    call(101, 117, 17, victim, 0, 0)


def memory_of(x86: int, arm: int) -> None:
    buffer = ctypes.create_string_buffer(8)
    vector = struct.pack("PN", ctypes.addressof(buffer), 8)
    call(x86, arm, FACTS["victim"], vector, 1, struct.pack("PN", 4096, 8), 1, 0)


def priority() -> None:
    victim = FACTS["victim"]
    os.setpriority(os.PRIO_PROCESS, victim, os.getpriority(os.PRIO_PROCESS, victim))


def queue_signal() -> None:
    information = ctypes.create_string_buffer(struct.pack("iii", signal.SIGURG, 0, -1), 128)
    call(129, 138, FACTS["victim"], int(signal.SIGURG), information)


def take_descriptor() -> None:
    descriptor = os.pidfd_open(FACTS["victim"])
    if call(438, 438, descriptor, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")


def own_signals() -> None:
    """Have the kernel signal another process when something arrives."""
    import fcntl  # noqa: PLC0415

    left, right = socket.socketpair()
    fcntl.fcntl(left, fcntl.F_SETOWN, FACTS["victim"])
    right.close()


for name, function, *arguments in (
    ("process_memory_read", memory_of, 310, 270),
    ("process_memory_write", memory_of, 311, 271),
    ("signal_victim", lambda: os.kill(FACTS["victim"], signal.SIGURG)),
    ("signal_driver", lambda: os.kill(FACTS["driver"], signal.SIGURG)),
    ("signal_by_descriptor", lambda: signal.pidfd_send_signal(os.pidfd_open(FACTS["victim"]), signal.SIGURG)),
    ("signal_thread", lambda: call(234, 131, FACTS["victim"], FACTS["victim"], int(signal.SIGURG))),
    ("signal_queue", queue_signal),
    ("signal_by_owner", own_signals),
    ("limits_of_victim", lambda: __import__("resource").prlimit(FACTS["victim"], 4, (0, 0))),
    ("priority_of_victim", priority),
    ("processors_of_victim", lambda: os.sched_setaffinity(FACTS["victim"], os.sched_getaffinity(FACTS["victim"]))),
    ("disk_priority_of_victim", lambda: call(251, 30, 1, FACTS["victim"], 0)),
    ("compare_victim", lambda: call(312, 272, FACTS["victim"], os.getpid(), 1, 0, 0)),
    ("descriptor_of_victim", take_descriptor),
    ("pages_of_victim", lambda: call(279, 239, FACTS["victim"], 0, 0, 0, 0, 0)),
    # The kernel's surface.
    ("keyring", lambda: call(250, 219, 0, -3, 0)),
    ("keyring_add", lambda: call(248, 217, b"user", b"pegboard-probe", b"1", 1, -2)),
    ("keyring_request", lambda: call(249, 218, b"user", b"pegboard-probe", 0, 0)),
    ("io_uring", lambda: call(425, 425, 1, ctypes.create_string_buffer(120))),
    ("io_uring_enter", lambda: call(426, 426, 0, 0, 0, 0, 0, 0)),
    ("bpf", lambda: call(321, 280, 0, ctypes.create_string_buffer(72), 72)),
    ("performance_counters", lambda: call(298, 241, ctypes.create_string_buffer(128), 0, -1, -1, 0)),
    ("userfaultfd", lambda: call(323, 282, 1)),
    ("type_into_terminal", lambda: call(16, 29, 0, 0x5412, b"x")),
    ("type_into_terminal_disguised", lambda: call(16, 29, 0, 0x7FFF00005412, b"x")),
    ("paste_into_console", lambda: call(16, 29, 0, 0x541C, b"\x03")),
    ("unshare_users", lambda: call(272, 97, 0x10000000)),
    ("unshare_mounts", lambda: call(272, 97, 0x00020000)),
    ("unshare_network", lambda: call(272, 97, 0x40000000)),
    ("clone_users", lambda: cloned(0x10000000)),
    ("clone3_users", lambda: cloned(0)),
    ("join_namespace", lambda: call(308, 268, 0, 0)),
    ("mount", lambda: (mounted(),)),
    ("unmount", lambda: call(166, 39, place("secret").encode(), 0)),
    ("pivot_root", lambda: call(155, 41, b"/", b"/")),
    ("chroot", lambda: call(161, 51, b"/")),
    ("open_file_system", lambda: call(430, 430, b"tmpfs", 0)),
    ("open_tree", lambda: call(428, 428, -100, b"/", 1)),
    ("move_mount", lambda: call(429, 429, 0, b"", -100, b"/", 4)),
    ("mount_attributes", lambda: call(442, 442, -100, b"/", 0, bytes(32), 32)),
    ("list_mounts", lambda: call(458, 458, bytes(32), ctypes.create_string_buffer(80), 10, 0)),
    ("load_module", lambda: call(175, 105, b"", 0, b"")),
    ("load_module_file", lambda: call(313, 273, 0, b"", 0)),
    ("unload_module", lambda: call(176, 106, b"pegboard_probe", 0)),
    ("kexec", lambda: call(246, 104, 0, 99, 0, 0)),
    ("reboot", lambda: call(169, 142, 1, 2, 3, 0)),
    ("swap", lambda: call(167, 224, b"/pegboard-probe", 0)),
    ("host_name", lambda: libc.syscall(170 if X86 else 161, b"probe", -1) and refused_unless(errno.EINVAL)),
    ("domain_name", lambda: libc.syscall(171 if X86 else 162, b"probe", -1) and refused_unless(errno.EINVAL)),
    ("clock", lambda: call(227, 112, 99, struct.pack("qq", 0, 0))),
    ("clock_steering", lambda: call(305, 266, 99, ctypes.create_string_buffer(256))),
    ("accounting", lambda: call(163, 89, b"/pegboard-probe")),
    ("quota", lambda: call(179, 60, 0x80000700, 0, 0, 0)),
    ("kernel_log", lambda: call(103, 116, 3, ctypes.create_string_buffer(64), 64)),
    ("personality", lambda: call(135, 92, 0x0040000)),
    ("watch_files", lambda: call(300, 262, 0x200, 0)),
    ("file_by_handle", lambda: call(304, 265, -100, bytes(136), 0)),
    ("file_handle", lambda: call(303, 264, -100, b"/", ctypes.create_string_buffer(b"\x80", 136), bytes(8), 0)),
    ("newer_call", lambda: call(463, 463, -1, b"", 0, 0, 0, 0)),
    ("become_root", lambda: (become_root(),)),
):
    table(name, function, *arguments)


def refused_unless(code: int) -> None:
    """The kernel looked at the arguments."""
    if ctypes.get_errno() != code:
        raise OSError(ctypes.get_errno(), "refused")


def cloned(flags: int) -> None:
    pid = call(56, 220, flags | signal.SIGCHLD, 0, 0, 0, 0) if flags else call(435, 435, CLONE3, len(CLONE3))
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def was_ordinary() -> None:
    """Root is root already."""
    if FACTS["ends_as"] == 0:
        raise Stopped("it is root from the start")


def become_root() -> None:
    was_ordinary()
    os.setuid(0)


def mounted() -> None:
    """Somewhere that cannot be mounted on, so that the control leaves no mount."""
    call(165, 40, b"tmpfs", place("no-such-folder").encode(), b"tmpfs", 0, 0)


@probe
def other_numbering() -> None:
    """x32: the number of getpid with the mark of x32."""
    call(0x40000000 | 39, 0x40000000, 0)


@probe
def other_machine() -> None:
    """32 bits: `mov eax, 20; int 0x80; ret` is getpid by the old door."""
    if not X86:
        raise Stopped("not on this machine")
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    if ctypes.CFUNCTYPE(ctypes.c_int)(address)() < 0:
        raise Stopped("no such door")


@probe
def capabilities() -> None:
    """Any at all: effective, permitted, inheritable."""
    header, data = ctypes.create_string_buffer(struct.pack("Ii", 0x20080522, 0)), ctypes.create_string_buffer(24)
    call(125, 90, header, data)
    is_empty(any(data.raw))


@probe
def capabilities_to_gain() -> None:
    if libc.prctl(39, 0, 0, 0, 0) == 1:
        raise Stopped("no_new_privs is set")


@probe
def filter_is_missing() -> None:
    if libc.prctl(21, 0, 0, 0, 0) == 2:
        raise Stopped("there is a filter")


@probe
def inherited_descriptors() -> None:
    found = []
    for number in range(4, 1024):
        try:
            os.fstat(number)
        except OSError:
            continue
        if number not in FACTS.get("own", ()):
            found.append(number)
    is_empty(found)


@probe
def environment() -> None:
    is_empty("PEGBOARD_PLANTED" in os.environ)


@probe
def shared_memory_of_host() -> None:
    if call(29, 194, FACTS["shared_key"], 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "shmget")


# Programs, where none may be started.


@probe
def execute_program() -> None:
    subprocess.run(["/bin/true"], check=True)


@probe
def execute_own_file() -> None:
    with open("/bin/true", "rb") as source:
        data = source.read()
    with open(work("own-program"), "wb") as file:
        file.write(data)
        os.fchmod(file.fileno(), 0o755)
    subprocess.run([work("own-program")], check=True)


@probe
def execute_memory() -> None:
    descriptor = os.memfd_create("program", 0)
    with open("/bin/true", "rb") as source:
        os.write(descriptor, source.read())
    pid = os.fork()
    if pid == 0:
        try:
            os.execve(descriptor, ["true"], {})
        finally:
            os._exit(1)
    if os.waitpid(pid, 0)[1]:
        raise Stopped("not executed")


# What has to work all the same.


@probe
def use_own_child() -> None:
    """A child of one's own can be started, signalled and reaped."""
    pid = os.fork()
    if pid == 0:
        signal.pause()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


@probe
def use_own_services() -> None:
    """Programs in one confinement may talk to each other."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as one:
        other, _ = server.accept()
        with other:
            other.sendall(b"hello")
        is_empty(one.recv(10))


@probe
def use_own_settings() -> None:
    """Setting one's own limits and priority."""
    import resource  # noqa: PLC0415

    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    os.setpriority(os.PRIO_PROCESS, 0, min(19, os.getpriority(os.PRIO_PROCESS, 0) + 1))


for name, function, *arguments in (
    ("use_append", lambda: append(work("src", "code.py"))),
    ("use_create", lambda: create(work("src", "made.py"))),
    ("use_rename", lambda: os.rename(work("src", "code.py"), work("src", "renamed.py"))),
    ("use_create_at_the_top", lambda: create(work("made.py"))),
    ("use_read_shut", lambda: read(work(".git", "config"))),
    ("use_null", lambda: append("/dev/null")),
    ("use_random", lambda: read("/dev/urandom")),
    ("use_pair", socket.socketpair),
    ("use_temporary", lambda: create("/tmp/made")),
    ("use_library", lambda: __import__("decimal")),
    ("use_mode", lambda: os.chmod(work("src"), 0o755)),
):
    table(name, function, *arguments)


def attempt(name: str) -> str:
    """In a process of its own; "" when it came about, else what stopped it."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        FACTS["own"] = (reading, writing)
        try:
            PROBES[name]()
            os.write(writing, b"!")
        except BaseException as error:  # noqa: BLE001 - whatever stopped it is the answer
            os.write(writing, f"{type(error).__name__}: {error}"[:200].encode("utf-8", "replace"))
        finally:
            os._exit(0)
    os.close(writing)
    said = b""
    while data := os.read(reading, 4096):
        said += data
    os.close(reading)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return f"killed by signal {os.WTERMSIG(status)}"
    return "" if said == b"!" else said.decode() or "nothing said"


def main(facts: str) -> int:
    """Try what the facts name; one JSON object on standard output."""
    FACTS.update(json.loads(facts))
    sys.stdout.write(json.dumps({name: attempt(name) for name in FACTS["probes"]}))
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
