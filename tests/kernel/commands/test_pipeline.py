"""Plans run as they were judged: argv lists, pipes and lists, without a shell."""

import os
from pathlib import Path

import pytest

from pegboard_sdk.wire.methods import Pipeline, Plan, Step

CAT = Step(argv=("cat",), program="/usr/bin/cat")
SAY_ON = Step(argv=("echo", "on"), program="/usr/bin/echo")


def statuses(report) -> list[int]:
    return [end.status for end in report.ends]


def test_an_argument_is_an_argument_whatever_it_looks_like(bench, plan, step) -> None:
    words = ["$HOME", "`id`", "a b", "*", ";", "x\ny", "é", "--", ""]
    report = bench.run(plan(step("printf", "[%s]\\n", *words)))
    assert bench.output == "".join(f"[{word}]\n" for word in words)
    assert report.status == 0


def test_programs_are_joined_by_pipes(bench, plan, step) -> None:
    bench.run(plan(step("seq", "100000"), step("grep", "7"), step("wc", "-l")))
    assert bench.output == "40951\n"


def test_a_reader_that_has_enough_ends_its_writer(bench, plan, step) -> None:
    report = bench.run(plan(step("yes"), step("head", "-n", "2")))
    assert bench.output == "y\ny\n"
    assert statuses(report) == [-13, 0]


def test_lists_follow_the_status_of_what_ran_last(bench, plan, step) -> None:
    say = lambda word: step("echo", word)  # noqa: E731
    report = bench.run(
        plan(
            (";", step("false")),
            ("&&", say("not this")),
            ("||", say("this")),
            ("&&", step("sh", "-c", "exit 3")),
            ("||", step("true"), step("false")),
            (";", say("and this")),
        )
    )
    assert bench.output == "this\nand this\n"
    assert statuses(report) == [1, 0, 3, 0, 1, 0]


def test_a_here_document_is_read_as_input(bench, plan, step) -> None:
    text = "héllo\n$HOME `id`\n" * 20_000
    bench.run(plan(step("cat", stdin=text), step("sort", "-u")))
    assert bench.output == "$HOME `id`\nhéllo\n"


def test_a_command_that_reads_gets_the_end_at_once(bench, plan, step) -> None:
    report = bench.run(plan(step("cat")))
    assert (bench.output, report.status) == ("", 0)


def test_streams_go_where_the_step_says(bench, plan) -> None:
    both = ("sh", "-c", "echo out; echo err >&2")
    count = Step(argv=("wc", "-l"), program="/usr/bin/wc")

    def run(piped: bool = False, **flags) -> str:
        bench.run(plan(Step(argv=both, program="/usr/bin/sh", **flags), *([count] if piped else [])))
        return bench.output

    assert run() == "out\nerr\n"
    assert run(discard_stdout=True) == "err\n"
    assert run(discard_stderr=True) == "out\n"
    assert run(discard_stdout=True, discard_stderr=True) == ""
    assert sorted(run(piped=True).splitlines()) == ["1", "err"]
    assert run(piped=True, stderr_to_stdout=True) == "2\n"


def test_each_step_runs_in_its_own_folder(bench, plan, step) -> None:
    (bench.folder / "a" / "b").mkdir(parents=True)
    report = bench.run(
        plan(
            (";", step("pwd")),
            (";", step("pwd", cwd="a/b"), step("cat")),
            (";", step("printenv", "PWD", cwd="a")),
            (";", step("mkdir", "new")),
            ("&&", step("pwd", cwd="new")),
            (";", step("pwd", cwd="missing")),
        )
    )
    top = os.path.realpath(bench.folder)
    expected = [top, f"{top}/a/b", f"{top}/a", f"{top}/new", "cd: missing: No such file or directory"]
    assert bench.output.splitlines() == expected
    assert statuses(report)[-1] == 1


@pytest.mark.parametrize(
    ("program", "status", "words"),
    [
        ("/nowhere/prog", 127, "No such file or directory"),
        ("notes.txt", 126, "Permission denied"),
        ("broken.sh", 126, "Exec format error"),
        (".", 126, "Permission denied"),
    ],
)
def test_a_program_that_cannot_start_is_named(bench, plan, program: str, status: int, words: str) -> None:
    (bench.folder / "notes.txt").write_text("text")
    (bench.folder / "broken.sh").write_text("text")
    (bench.folder / "broken.sh").chmod(0o755)
    broken = Step(argv=("prog",), program=str(bench.folder / program))
    report = bench.run(plan((";", broken, CAT), ("&&", SAY_ON)))
    assert bench.output == f"prog: {words}\non\n"
    assert statuses(report) == [status, 0, 0]


@pytest.mark.parametrize("program", ["", "ls", "./tool"])
def test_only_absolute_programs_run(bench, plan, program: str) -> None:
    (bench.folder / "tool").write_text("#!/bin/sh\necho ran\n")
    (bench.folder / "tool").chmod(0o755)
    report = bench.run(plan(Step(argv=("tool",), program=program)))
    assert (bench.output, report.status) == ("tool: command not found\n", 127)


def test_a_null_byte_is_refused_and_nothing_runs(bench, plan, step) -> None:
    report = bench.run(plan(step("echo", "a\0b")))
    assert "null" in bench.output
    assert report.status == 126


def test_an_argument_list_that_is_too_long_is_said(bench, plan, step) -> None:
    report = bench.run(plan(step("echo", "x" * 300_000)))
    assert bench.output == "echo: Argument list too long\n"
    assert report.status == 126


def test_signals_and_exit_codes_are_told(bench) -> None:
    assert bench.script("exit 42").status == 42
    assert bench.script("kill -SEGV $$").status == -11
    assert bench.script("exit 255").status == 255


def test_a_script_runs_in_a_bash_without_startup_files(bench) -> None:
    (bench.folder / ".bashrc").write_text("echo from bashrc\n")
    (bench.folder / "env.sh").write_text("echo from BASH_ENV\n")
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(bench.folder)}
    bench.script('for i in 1 2; do echo "$i:${HOME##*/}"; done; echo $-', environment=environment)
    assert bench.output.splitlines()[:2] == [f"1:{bench.folder.name}", f"2:{bench.folder.name}"]
    assert "i" not in bench.output.splitlines()[2]


def test_signals_that_we_ignore_are_not_ignored_by_commands(bench, plan, step) -> None:
    bench.run(plan(step("grep", "^Sig[IB]", "/proc/self/status")))
    masks = {name: int(mask, 16) for name, mask in (line.split(":\t") for line in bench.output.splitlines())}
    own_to_the_c_library = 1 << 31 | 1 << 32
    assert masks["SigBlk"] == 0
    assert masks["SigIgn"] & ~own_to_the_c_library == 0


def test_a_command_holds_three_descriptors_only(bench, plan, step) -> None:
    bench.run(plan(step("ls", "/proc/self/fd")))
    assert bench.output.split() == ["0", "1", "2", "3"]  # 3 is the folder that ls reads


def test_the_environment_is_exactly_the_orders(bench, plan, step) -> None:
    os.environ["PLANTED_API_KEY"] = "sk-planted"
    try:
        bench.run(plan(step("env")), environment={"PATH": "/usr/bin", "A": "1"})
        assert sorted(bench.output.splitlines()) == ["A=1", "PATH=/usr/bin", f"PWD={os.path.realpath(bench.folder)}"]
    finally:
        del os.environ["PLANTED_API_KEY"]


def test_output_that_is_not_utf8_is_shown_with_replacements(bench, plan, step) -> None:
    (bench.folder / "raw").write_bytes(b"a\xffb\nc\xe2\x82\n" + "€".encode() * 30_000)
    bench.run(plan(step("cat", "raw")))
    assert bench.output == "a�b\nc�\n" + "€" * 30_000


def test_a_plan_without_anything_to_run_is_a_success(bench) -> None:
    report = bench.run(Plan())
    assert (bench.output, report.ends) == ("", ())


def test_a_long_script_and_many_pipelines_arrive_whole(bench, step) -> None:
    many = tuple(Pipeline(steps=(step("echo", f"{n} " + "x" * 1000),)) for n in range(300))
    bench.run(Plan(pipelines=many))
    assert [line.split()[0] for line in bench.output.splitlines()] == [str(n) for n in range(300)]


def test_a_workspace_that_was_removed_is_said(bench, plan, step, tmp_path: Path) -> None:
    bench.folder = tmp_path / "gone"
    bench.folder.mkdir()
    descriptor = os.open(bench.folder, os.O_RDONLY)
    bench.folder.rmdir()
    bench.folder = Path(f"/proc/self/fd/{descriptor}")
    report = bench.run(plan(step("pwd")))
    os.close(descriptor)
    assert report.status not in (None, 0)
