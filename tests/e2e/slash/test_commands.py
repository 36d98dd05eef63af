"""Every slash command does what it says, over real processes; many of them in one program."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from scripted_server import Call, Turn

sys.path.insert(0, str(Path(__file__).parent))

from stage import Stage, played

from pegboard.cli.slash.offered import NOT_YET
from pegboard.cli.slash.table import COMMANDS, by_name
from pegboard.journal import read
from pegboard_sdk.wire.records import Message, Rewound, Role, Switched, Titled


def test_a_session_is_named_copied_exported_shared_and_left(home: Any, monkeypatch: Any) -> None:
    async def act(stage: Stage) -> None:
        assert "nothing was said" in await stage.failed("/rewind")
        assert "there are 0 answers" in await stage.failed("/copy")
        await stage.prompted("hello there")
        assert (await stage.typed("/copy")).copy == "first answer"
        assert "give a title" in await stage.failed("/rename")
        await stage.ok("/rename A  good day")
        assert stage.talk.status().title == "A good day"
        assert stage.records(Titled)[-1].title == "A good day"
        assert "written to" in await stage.ok("/export html page.html")
        assert "A good day" in (home.workspace / "page.html").read_text()
        assert "exists" in await stage.failed("/export html page.html")
        assert "no format" in await stage.failed("/export docx file")
        await stage.ok("/export")
        assert "first answer" in (home.workspace / f"session-{stage.session.id}.md").read_text()
        assert "records written" in await stage.ok("/share mine.peg")
        assert (home.workspace / "mine.peg").stat().st_size > 500
        kept = await stage.ok("/artifacts")
        await stage.ok(f"/artifacts {kept.split()[0]} out.bin")
        assert (home.workspace / "out.bin").stat().st_size > 0
        said = await stage.typed("/quit")
        assert said.leave
        assert stage.commanded() == [("rewind", ""), ("rename", ""), ("rename", "A  good day")]

    played(home, monkeypatch, act, Turn(text="first answer"))


def test_an_image_of_the_clipboard_goes_along_with_the_prompt(home: Any, monkeypatch: Any) -> None:
    image = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    programs = home.folder / "programs"
    programs.mkdir()
    clipboard = programs / "clipboard"
    (programs / "xclip").write_text(f"#!/bin/sh\ncat {clipboard} 2>/dev/null\n")
    (programs / "xclip").chmod(0o755)
    home.env["PATH"] = f"{programs}:{home.env['PATH']}"
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)

    async def act(stage: Stage) -> None:
        assert "no program here reads images" in await stage.failed("/paste")
        monkeypatch.setenv("DISPLAY", ":7")
        assert "no image in the clipboard, says xclip" in await stage.failed("/paste")
        clipboard.write_bytes(image)
        draft = (await stage.typed("/paste")).draft
        await stage.prompted(f"what is this? {draft}")
        assert "data:image/png;base64,iVBORw0KGgo" in stage.last_said(), stage.last_said()

    played(home, monkeypatch, act)


def test_sessions_are_cleared_resumed_forked_and_shown_as_a_tree(home: Any, monkeypatch: Any) -> None:
    async def act(stage: Stage) -> None:
        await stage.prompted("about pelicans")
        first = stage.session.id
        assert f"/resume {first}" in await stage.ok("/clear")
        assert stage.session.id != first
        assert list(stage.session.transcript.entries()) == []
        assert "no other session" in await stage.failed("/resume no such words")
        assert first in await stage.ok("/resume")
        await stage.ok("/resume pelicans", first)
        assert stage.session.id == first
        assert "that is this session" in await stage.failed(f"/resume {first}")
        assert "no record's number" in await stage.failed("/fork x")
        assert "a copy of" in await stage.ok("/fork 2")
        assert stage.session.id not in {first}
        tree = await stage.ok("/tree")
        assert f"└─ {stage.session.id}" in tree
        assert "← here" in tree
        await stage.prompted("and herons")
        told = [str(each["content"]) for each in stage.server.bodies[-1]["messages"]]
        assert "about pelicans" in told
        assert "and herons" in told
        assert "fine" not in told, "the fork ends before the answer"

    played(home, monkeypatch, act)


def test_a_rewind_takes_the_conversation_back(home: Any, monkeypatch: Any) -> None:
    async def act(stage: Stage) -> None:
        await stage.prompted("one")
        await stage.prompted("two")
        assert "  2  two" in await stage.ok("/rewind")
        assert "give a turn from 1 to 2" in await stage.failed("/rewind 3")
        said = await stage.typed("/rewind", "2 two", "conversation")
        assert "back to before message 2" in said.text
        assert said.draft == "two"
        assert stage.records(Rewound)
        await stage.prompted("other")
        told = [str(each["content"]) for each in stage.server.bodies[-1]["messages"] if each["role"] == "user"]
        assert told == ["one", "other"]
        files = await stage.typed("/rewind 1 files")
        assert files.failed == ("undo" not in stage.started.registry.commands.available)
        lines = [line.record for line in read(stage.session.journal.folder)]
        users = [each.parts[0].text for each in lines if isinstance(each, Message) and each.role is Role.USER]
        assert users == ["one", "two", "other"], "the journal keeps what was taken back"
        assert stage.commanded()[0] == ("rewind", "")

    played(home, monkeypatch, act)


def test_model_effort_mode_and_plan_hold_from_the_next_turn_on(home: Any, monkeypatch: Any) -> None:
    async def act(stage: Stage) -> None:
        assert "→ openai/gpt-5" in await stage.ok("/model")
        await stage.ok("/model openai/other high")
        assert "no model" in await stage.failed("/model nonsense")
        assert "no effort" in await stage.failed("/effort extreme")
        await stage.ok("/effort low")
        await stage.prompted("hi")
        assert stage.server.bodies[-1]["model"] == "other"
        assert [(each.model, each.effort) for each in stage.records(Switched)][:2] == [
            ("openai/other", "high"),
            ("", "low"),
        ]
        assert "effort low" in await stage.ok("/effort")
        assert "→ ask" in await stage.ok("/mode")
        await stage.ok("/mode edit")
        assert stage.talk.status().mode == "edit"
        assert "no mode" in await stage.failed("/mode fast")
        await stage.ok("/plan find the fault")
        assert (stage.talk.status().mode, stage.last_said()) == ("plan", "find the fault")
        await stage.ok("/plan")
        assert stage.talk.status().mode == "ask"
        assert (
            "mode auto" in (await stage.typed("/allow-all")).text or "beyond" in (await stage.typed("/allow-all")).text
        )
        assert (await stage.typed("/theme dark")).theme == "dark"
        assert "dark|light" in await stage.ok("/theme")
        assert ("model", "openai/other high") in stage.commanded()
        assert ("mode", "") not in stage.commanded(), "what only shows is not journaled"

    played(home, monkeypatch, act)


def test_permissions_show_add_and_forget_with_their_sources(home: Any, monkeypatch: Any) -> None:
    async def act(stage: Stage) -> None:
        assert "bash(ls)  — --allow" in await stage.ok("/permissions")
        await stage.ok("/permissions allow bash(git log *) project")
        await stage.ok("/permissions allow read_file(src/**)", "user")
        await stage.ok("/permissions allow bash(pwd)")
        shown = await stage.ok("/permissions")
        assert "bash(git log *)  — answered for the project" in shown
        assert "bash(pwd)  — answered for the session" in shown
        assert "answered for the user" in shown
        assert len(list((home.state / "grants").glob("*.json"))) == 2
        await stage.ok("/permissions forget bash(git log *)")
        number = next(line.split()[0] for line in (await stage.ok("/permissions")).splitlines() if "the user" in line)
        await stage.ok(f"/permissions forget {number}")
        left = (await stage.ok("/permissions")).partition("`/permissions")[0]
        assert "git log" not in left
        assert "src/" not in left
        assert "bash(pwd)" in left
        assert all(json.loads(file.read_text())["rules"] == [] for file in (home.state / "grants").glob("*.json"))
        assert "stands in --allow" in await stage.failed("/permissions forget bash(ls)")
        assert "no rule" in await stage.failed("/permissions forget bash(nothing)")
        assert "allow RULE" in await stage.failed("/permissions widen everything")
        assert await stage.failed("/permissions allow bash(")
        await stage.ok("/permissions deny Read(secret.txt)")
        assert "secret.txt" in (home.config / "config.toml").read_text()
        assert "commands and forked plugins" in await stage.ok("/sandbox")
        assert "AGENTS" not in await stage.ok("/trust")
        (home.workspace / "AGENTS.md").write_text("be kind\n")
        assert "not trusted" in await stage.ok("/trust")
        assert "is trusted with 1 files" in await stage.ok("/trust yes")
        assert "AGENTS.md" in await stage.ok("/trust")

    played(home, monkeypatch, act, allow=("bash(ls)",))


def test_what_a_rule_allows_by_hand_is_not_asked(home: Any, monkeypatch: Any) -> None:
    (home.workspace / "seen.txt").write_text("x")
    touch = Turn(calls=[Call("bash", {"command": "touch seen.txt"})])

    async def act(stage: Stage) -> None:
        stage.person.answers = ["no"]
        await stage.prompted("touch it")
        assert len(stage.person.questions) == 1
        await stage.ok("/permissions allow bash(touch seen.txt) session")
        await stage.prompted("again")
        assert len(stage.person.questions) == 1
        await stage.ok("/permissions forget bash(touch seen.txt)")
        await stage.prompted("and again")
        assert len(stage.person.questions) == 2

    done = Turn(text="done")
    played(home, monkeypatch, act, touch, done, touch, done, touch, done)


def test_the_program_shows_how_it_stands(home: Any, monkeypatch: Any) -> None:
    async def act(stage: Stage) -> None:
        await stage.prompted("hi")
        status = await stage.ok("/status")
        assert stage.session.id in status
        assert "openai/gpt-5" in status
        assert "Model calls" in await stage.ok("/cost")
        assert "cannot be made shorter" in await stage.failed("/compact the port")
        assert "[map|files]" in await stage.failed("/codebase everything")
        context = await stage.ok("/context")
        for part in ("system prompt", "tools of files", "your messages", "in all, about"):
            assert part in context
        plugins = await stage.ok("/plugins")
        assert "openai" in plugins
        assert "runs (pid" in plugins
        assert "disabled in" in await stage.ok("/plugins disable search")
        assert "search" in (home.config / "config.toml").read_text()
        assert "not disabled" in await stage.failed("/plugins enable search")
        assert "no plugin" in await stage.failed("/plugins disable nothing")
        hooks = await stage.ok("/hooks")
        assert all(plugin.id in hooks for plugin in stage.started.registry.plugins.values() if plugin.manifest.hook)
        assert "hook" in hooks or "(" in hooks
        assert await stage.ok("/tasks") == "nothing runs"
        assert "peg -c" in await stage.ok("/reload")
        assert "no instructions" in await stage.ok("/memory")
        assert "OPENAI_API_KEY" in await stage.ok("/login")
        assert "has its default" in await stage.ok("/config")
        await stage.ok("/config limits.max_turns 7")
        assert await stage.ok("/config limits.max_turns") == "7"
        assert "unknown key" in await stage.failed("/config no.such 7")
        assert "Python 3" in (await stage.typed("/doctor")).text
        assert "base URL" in await stage.ok("/proxy")
        assert "peg -p" in await stage.failed("/daemon")
        assert "security" in await stage.ok("/skills")
        assert "peg replay" in await stage.ok("/replay")

    played(home, monkeypatch, act)


def test_prompts_go_to_the_model(home: Any, monkeypatch: Any) -> None:
    async def act(stage: Stage) -> None:
        for line, words in [
            ("/init keep it short", "AGENTS.md"),
            ("/review the parser", "Review the parser"),
            ("/commit first one", "with this message: first one"),
            ("/pr", "pull request"),
        ]:
            await stage.ok(line)
            assert words in stage.last_said()
        before = len(stage.server.bodies)
        assert "ask something" in await stage.failed("/btw")
        said = await stage.ok("/btw what is a pelican?")
        assert said == "fine"
        assert len(stage.server.bodies) == before + 1
        assert stage.last_said() == "what is a pelican?"
        assert not stage.server.bodies[-1].get("tools")
        assert len(stage.session.transcript.requests()) == 4, "it leaves no trace in the conversation"
        await stage.prompted("and now?")
        assert "pelican" not in str(stage.server.bodies[-1]["messages"])

    played(home, monkeypatch, act)


@pytest.mark.parametrize("trusted", [True, False])
def test_commands_of_people_are_prompts_and_a_folders_only_when_it_is_trusted(
    home: Any, monkeypatch: Any, trusted: bool
) -> None:
    yours = home.config / "commands"
    yours.mkdir(parents=True)
    (yours / "greet.md").write_text(
        "---\ndescription: Says hello\nargument-hint: NAME\n---\nGreet $ARGUMENTS in German."
    )
    (yours / "help.md").write_text("never")
    folder = home.workspace / ".pegboard" / "commands" / "team"
    folder.mkdir(parents=True)
    (folder / "check.md").write_text("Check the $2 of $1.\n")
    theirs = home.workspace / ".claude" / "commands"
    theirs.mkdir(parents=True)
    (theirs / "tidy.md").write_text("!echo $ARGUMENTS")

    async def act(stage: Stage) -> None:
        await stage.ok("/greet Ada")
        assert stage.last_said() == "Greet Ada in German."
        help_ = await stage.ok("/help")
        assert "/greet NAME" in help_
        assert "Says hello (yours)" in help_
        assert ("/team:check" in help_) == trusted
        if trusted:
            await stage.ok("/team:check parser speed")
            assert stage.last_said() == "Check the speed of parser."
            await stage.ok("/tidy up")
            assert stage.last_said() == "!echo up", "what a folder's file says is no person's order"
        else:
            assert "no command /tidy" in await stage.failed("/tidy up")
            assert "no command /team:check" in await stage.failed("/team:check parser speed")
        (yours / "greet.md").write_text("Greet them.")
        await stage.ok("/greet now")
        assert stage.last_said() == "Greet them.\n\nnow", "the file is read anew each time"

    played(home, monkeypatch, act, trust=trusted)


def test_unknown_names_paths_and_missing_plugins(home: Any, monkeypatch: Any) -> None:
    async def act(stage: Stage) -> None:
        assert "did you mean /model?" in await stage.failed("/modle x")
        assert "did you mean /permissions?" in await stage.failed("/perm")
        assert "no command /zzzzzz" in await stage.failed("/zzzzzz")
        assert stage.server.bodies == []
        await stage.ok("/tmp is full")
        assert stage.last_said() == "/tmp is full"
        await stage.ok("/usr/bin/env is a path")
        assert stage.last_said() == "/usr/bin/env is a path"
        offered = stage.started.registry.commands.available
        for command in COMMANDS:
            if command.plugin and command.act is None and command.name not in offered:
                assert "none ships with Pegboard yet" in await stage.failed(f"/{command.name}")
        assert "/rewind [TURN]" in await stage.ok("/help rollback")
        assert "did you mean /rewind?" in await stage.failed("/help rewnd")

    played(home, monkeypatch, act)


def test_completion_knows_commands_aliases_and_arguments(home: Any, monkeypatch: Any) -> None:
    async def act(stage: Stage) -> None:
        async def found(text: str) -> list[str]:
            return [each.insert for each in (await stage.talk.complete(text)).items]

        assert await found("/perm") == ["/permissions "]
        assert "/resume " in await found("/re")
        assert "/chat " in await found("/ch")
        assert await found("/mode p") == ["plan"]
        assert await found("/permissions allow Read(x) u") == ["user"]
        assert "openai/gpt-5" in await found("/model ")
        assert await found("hello") == []
        (home.workspace / "src").mkdir()
        (home.workspace / "src" / "main.py").write_text("")
        assert await found("look at @mai") == ["@src/main.py"]
        assert await found("/review @s/m") == ["@src/main.py"]
        assert await found("/nothing x") == []

    played(home, monkeypatch, act)


def test_every_command_of_the_table_is_typed_in_these_tests() -> None:
    text = "".join(file.read_text() for file in Path(__file__).parent.glob("*.py"))
    untyped = {command.plugin for command in COMMANDS if not re.search(rf'"/{command.name}\b', text)}
    assert untyped <= NOT_YET, "those are typed where their absence is looked for"


def test_what_does_not_ship_yet_does_not() -> None:
    shipped = {folder.name for folder in (Path(__file__).parents[3] / "plugins").iterdir()}
    assert not NOT_YET & shipped
    assert {command.plugin for command in COMMANDS} > NOT_YET


CANONICAL = set(
    """
    help ? clear new reset compact compress summarize resume sessions continue chat fork branch tree
    rewind undo redo model models effort plan permissions policies approvals plugins plugin extensions
    mcp reload skills agents hooks memory init context cost usage stats status diff review btw export
    copy theme config settings tasks shells bashes sandbox doctor voice remote quit exit q login trust
    add-dir rename share mode
    """.split()  # noqa: SIM905 - to be read and compared
)
PREDECESSOR = set(
    """
    help cost status sessions btw clear allow-all diff undo rollback branch commit pr replay doctor
    artifacts proxy exit quit model reasoning save compact tasks resume review daemon browser remote
    """.split()  # noqa: SIM905 - to be read and compared
)


def test_the_table_has_the_canonical_names_and_the_predecessors() -> None:
    names = by_name()
    assert set(names) >= CANONICAL | PREDECESSOR
    assert len(names) == sum(1 + len(command.aliases) for command in COMMANDS), "a name twice"


def test_help_readme_and_table_agree(home: Any, monkeypatch: Any) -> None:
    root = Path(__file__).parents[3]
    rows = [line for line in (root / "kernel" / "README.md").read_text().splitlines() if line.startswith("| `/")]
    documented = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]
    expected = [
        [
            f"`/{one.name} {one.arguments}`".replace(" `", "`").replace("|", "\\|"),
            ", ".join(f"`/{alias}`" for alias in one.aliases),
            one.about + (f" (plugin `{one.plugin}`)" if one.plugin else ""),
        ]
        for one in COMMANDS
    ]
    assert documented == expected

    async def act(stage: Stage) -> None:
        shown = await stage.ok("/help")
        for one in COMMANDS:
            row = f"/{one.name} {one.arguments}".rstrip()
            assert re.search(rf"^  {re.escape(row)} +{re.escape(one.about)}", shown, re.MULTILINE)
            for name in (one.name, *one.aliases):
                assert f"/{name}" in shown
                assert one.about in await stage.ok(f"/help {name}")

    played(home, monkeypatch, act)


def test_a_rewind_takes_files_back_with_the_conversation(home: Any, monkeypatch: Any) -> None:
    def writing(name: str) -> Turn:
        return Turn(calls=[Call("write_file", {"path": name, "content": f"{name}\n"})])

    async def act(stage: Stage) -> None:
        await stage.prompted("one")
        await stage.ok("/rewind 1 conversation")
        await stage.prompted("two")
        await stage.prompted("three")
        assert sorted(path.name for path in home.workspace.iterdir()) == ["a.txt", "b.txt", "c.txt"]
        assert "c.txt" in await stage.ok("/diff")
        await stage.ok("/undo")
        assert not (home.workspace / "c.txt").exists()
        await stage.ok("/redo")
        assert (home.workspace / "c.txt").exists()
        said = await stage.typed("/rewind 2", "both")
        assert not said.failed, said.text
        assert said.draft == "three"
        assert sorted(path.name for path in home.workspace.iterdir()) == ["a.txt", "b.txt"]
        assert len(stage.session.transcript.requests()) == 1
        await stage.ok("/rewind 1 files")
        assert sorted(path.name for path in home.workspace.iterdir()) == ["a.txt"]
        assert len(stage.session.transcript.requests()) == 1

    done = Turn(text="done")
    turns = [writing("a.txt"), done, writing("b.txt"), done, writing("c.txt"), done]
    played(home, monkeypatch, act, *turns, mode="edit")
