"""From a command's text to what is known of it: plans that are what was judged, programs, folders, wildcards."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from pegboard.gate.command.facts import CommandFacts, Weight
from pegboard.gate.command.resolve import resolve_command
from pegboard.gate.place import Place
from pegboard_sdk.wire.methods import Pipeline, Plan, Step


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    for name in ("src/app.py", "src/b.py", "f.txt", ".hidden/x", "a[1].txt"):
        (tmp_path / "w" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "w" / name).write_text("x")
    (tmp_path / "out").mkdir()
    (tmp_path / "w/ln_out").symlink_to(tmp_path / "out")
    own = SimpleNamespace(**{kind: tmp_path / "own" / kind for kind in ("config", "data", "state", "cache", "runtime")})
    with Place.open(tmp_path / "w", str(tmp_path / "home"), own) as held:
        yield held


@pytest.fixture
def programs(tmp_path: Path) -> str:
    """A search path with three programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("ls", "cat", "wc"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return str(folder)


def resolved(place: Place, programs: str, text: str) -> CommandFacts:
    return resolve_command(text, place, path=programs)


def test_the_plan_holds_absolute_programs_and_the_words_that_were_judged(place: Place, programs: str) -> None:
    facts = resolved(place, programs, "ls -l 'a b' | wc -l && cat f.txt 2>/dev/null")
    assert facts.plan == Plan(
        pipelines=(
            Pipeline(
                steps=(
                    Step(argv=("ls", "-l", "a b"), program=f"{programs}/ls"),
                    Step(argv=("wc", "-l"), program=f"{programs}/wc"),
                )
            ),
            Pipeline(steps=(Step(argv=("cat", "f.txt"), program=f"{programs}/cat", discard_stderr=True),), when="&&"),
        ),
        path=programs,
    )
    assert facts.argv == (("ls", "-l", "a b"), ("wc", "-l"), ("cat", "f.txt"))


def test_what_needs_a_shell_is_one_script(place: Place, programs: str) -> None:
    for text in ("ls > x", "export X=1", "X=1 ls", "ls &"):
        facts = resolved(place, programs, text)
        assert facts.trouble
        assert facts.plan == Plan(script=text, path=programs)
        assert facts.argv == ()


def test_a_here_document_is_the_input_of_its_step(place: Place, programs: str) -> None:
    facts = resolved(place, programs, "cat <<'E' | wc\nx $y\nE")
    assert facts.plan is not None
    assert [step.stdin for step in facts.plan.pipelines[0].steps] == ["x $y\n", None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cd src && ls", [("src", ";")]),
        ("cd src; ls; cd ..; ls", [("src", ";"), ("", ";")]),
        ("ls && cd src && ls", [("", ";"), ("src", "&&")]),
        ("ls || cat f.txt; cd src && ls && ls", [("", ";"), ("", "||"), ("src", ";"), ("src", "&&")]),
        ("cd ./src/../src && ls", [("src", ";")]),
    ],
)
def test_cd_moves_the_steps_behind_it_and_is_none_itself(
    place: Place, programs: str, text: str, expected: list[tuple[str, str]]
) -> None:
    facts = resolved(place, programs, text)
    assert facts.plan is not None
    assert [(line.steps[0].cwd, line.when) for line in facts.plan.pipelines] == expected


@pytest.mark.parametrize(
    "text", ["cd", "cd -", "cd src | ls", "ls || cd src; ls", "cd src || ls", "ls && cd src; ls", "cd a b"]
)
def test_a_cd_whose_effect_is_not_certain_needs_a_shell(place: Place, programs: str, text: str) -> None:
    assert resolved(place, programs, text).trouble


@pytest.mark.parametrize("folder", ["..", "ln_out", "nosuch", "f.txt", "/", ".git"])
def test_a_cd_out_of_the_workspace_or_into_nothing_is_a_danger(place: Place, programs: str, folder: str) -> None:
    assert resolved(place, programs, f"cd {folder} && ls").steps[0].weight is Weight.DANGER


def test_wildcards_become_the_names_that_are_judged_and_run(place: Place, programs: str) -> None:
    assert resolved(place, programs, "cat src/*.py").argv == (("cat", "src/app.py", "src/b.py"),)
    assert resolved(place, programs, "cd src && cat ?.py").argv == (("cd", "src"), ("cat", "b.py"))
    assert resolved(place, programs, "cat *.none").argv == (("cat", "*.none"),)
    assert resolved(place, programs, "ls a[[]1*").argv == (("ls", "a[1].txt"),)
    assert resolved(place, programs, "ls [!a]*.txt").argv == (("ls", "f.txt"),)
    assert ".hidden" not in resolved(place, programs, "ls *").argv[0]


def test_a_wildcard_that_finds_a_name_like_an_option_is_a_danger(place: Place, programs: str) -> None:
    (Path(place.root_path) / "-rf").write_text("")
    assert resolved(place, programs, "cat *").steps[0].weight is Weight.DANGER


@pytest.mark.parametrize("text", ["cat ../*", "cat /et*/passwd", "cat ln_out/*", "cat ln*/*"])
def test_a_wildcard_that_leads_out_is_a_danger(place: Place, programs: str, text: str) -> None:
    assert resolved(place, programs, text).steps[0].weight is Weight.DANGER


def test_a_program_is_never_taken_from_the_workspace_or_a_folder_that_all_may_write(
    place: Place, programs: str
) -> None:
    inside = Path(place.root_path) / "bin"
    shared = Path(programs).parent / "shared"
    for folder in (inside, shared):
        folder.mkdir()
        (folder / "ls").write_text("")
        (folder / "ls").chmod(0o755)
    shared.chmod(0o777)
    facts = resolved(place, f"{inside}:.:{shared}:bin:{programs}", "ls")
    assert facts.steps[0].program == f"{programs}/ls"
    assert facts.plan is not None
    assert facts.plan.path == programs


def test_a_program_that_is_a_link_into_the_workspace_is_a_danger(place: Place, programs: str) -> None:
    os.symlink(f"{place.root_path}/f.txt", f"{programs}/tool")
    (Path(place.root_path) / "f.txt").chmod(0o755)
    assert resolved(place, programs, "tool").steps[0].weight is Weight.DANGER


def test_a_program_that_is_not_installed_is_judged_by_its_row(place: Place, programs: str) -> None:
    step = resolved(place, programs, "git status").steps[0]
    assert (step.program, step.known, step.weight) == ("", True, Weight.PLAIN)


def test_a_path_is_another_program_than_its_name(place: Place, programs: str) -> None:
    for text in ("./ls", "/bin/ls", "src/ls"):
        assert resolved(place, programs, text).steps[0].weight is Weight.DOUBT


def test_wrapped_commands_are_seen_through_at_every_depth(place: Place, programs: str) -> None:
    facts = resolved(place, programs, "timeout 5 nice env A=1 sh -c 'ls; xargs rm'")
    assert {"rm", "ls", "xargs", "sh", "env", "nice"} <= {step.argv[0] for step in facts.all()}


def test_nesting_without_end_is_a_danger_and_not_a_crash(place: Place, programs: str) -> None:
    facts = resolved(place, programs, "nice " * 100 + "ls")
    assert any(step.weight is Weight.DANGER and step.opaque for step in facts.all())


def test_what_a_folder_takes_with_it_is_known(place: Place, programs: str) -> None:
    (Path(place.root_path) / "src/.env").write_text("")
    step = resolved(place, programs, "grep -r x src").steps[0]
    assert f"{place.root_path}/src/app.py" in {one.path for one in step.below}
    assert step.weight is Weight.DOUBT
    assert resolved(place, programs, "grep -r x src --include='*.py'").steps[0].weight is Weight.PLAIN
    assert resolved(place, programs, "rg x src").steps[0].weight is Weight.PLAIN
    assert resolved(place, programs, "rg --hidden x src").steps[0].weight is Weight.DOUBT


def test_a_link_hides_what_an_exact_rule_would_name(place: Place, programs: str) -> None:
    os.symlink("/etc/passwd", f"{place.root_path}/innocent")
    assert resolved(place, programs, "cat innocent").steps[0].weight is Weight.DANGER
    assert resolved(place, programs, "cat /etc/passwd").steps[0].weight is Weight.DOUBT


@pytest.mark.parametrize(
    "text", ["", "\0", "'", "a" * 70000, "\ud800", "ls " * 5000, "((((", "$(" * 500, "{" * 1000, "nice " * 3000]
)
def test_no_text_raises(place: Place, programs: str, text: str) -> None:
    facts = resolved(place, programs, text)
    assert facts.trouble or facts.forbidden or facts.steps
