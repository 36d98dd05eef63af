"""Skills as a model gets them: the user's always, a project's once it is trusted, one whole when it is asked for."""

from scripted_server import Call, ScriptedServer, Turn

SKILL = "---\ndescription: {0}\n---\nKeep to {0}"


def plant(folder, text):
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text(SKILL.format(text))


def test_a_project_s_skills_count_once_it_is_trusted(home):
    plant(home.config / "skills" / "mine", "my way")
    plant(home.workspace / ".agents" / "skills" / "theirs", "their way")
    (home.workspace / "pyproject.toml").touch()
    load = Turn(calls=[Call("load_skill", {"name": "theirs"})])
    with ScriptedServer([load, Turn(text="done"), load, Turn(text="done")]) as server:
        home.model(server.url)
        careful = home.peg("-p", "x")
        trusting = home.peg("-p", "x", "--trust")
        prompts = [body["messages"][0]["content"] for body in server.bodies]
        results = [body["messages"][-1]["content"] for body in server.bodies]
    assert (careful.returncode, trusting.returncode) == (0, 0), careful.stderr + trusting.stderr
    assert ".agents/skills" in careful.stderr
    assert all("- mine: my way" in prompt and "- python: " in prompt for prompt in prompts)
    assert ["their way" in prompt for prompt in prompts] == [False, False, True, True]
    assert "there is no skill `theirs`" in results[1]
    assert results[3] == "Keep to their way"
