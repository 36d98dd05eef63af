"""Jobs over the wire, against a real server: each state, each way in which a connection or the program may end."""

import json

import msgspec
import pytest
from batch_server import BatchServer, answered, refused, unmade

import pegboard_openai
from pegboard_openai.batch import desk
from pegboard_openai.batch.record import Shelf
from pegboard_sdk import (
    Answered,
    BatchJob,
    CancelJob,
    Effect,
    FetchJob,
    InvalidParams,
    JobState,
    LookAtJobs,
    NotFound,
    PegboardError,
    Planned,
    Price,
    Prompt,
    Setup,
    SubmitJob,
    Unauthenticated,
    Unsupported,
    Upstream,
    Usage,
)
from pegboard_sdk.testing import connected
from pegboard_sdk.wire.methods import MODEL_BATCH

PLANNED = Planned(call="s/1", model="gpt-4o", provider="openai", price=Price(input=1.0, output=2.0), batch=3)
THREE = (Prompt(text="one", id="a"), Prompt(text="two", id="b"), Prompt(text="three", id="c"))


class Plugin:
    """The plugin, as one process of the program has it: another one shares nothing but the folder."""

    def __init__(self, board):
        self.board = board

    def ask(self, asked):
        """The jobs that it is about, and the answers that were streamed."""
        call = self.board.start(MODEL_BATCH, asked)
        jobs = call.result(list[BatchJob])
        lines = call.output().splitlines()
        return jobs, [msgspec.json.decode(line, type=Answered) for line in lines]

    def submit(self, *prompts, job="j1", model="gpt-4o", **more):
        (told,), _ = self.ask(SubmitJob(job=job, model=model, prompts=prompts or THREE, planned=PLANNED, **more))
        return told

    def look(self, job="j1"):
        (told,), _ = self.ask(LookAtJobs(job=job))
        return told

    def fetch(self, job="j1"):
        return self.ask(FetchJob(job=job))


@pytest.fixture
def plugged(tmp_path):
    """Connects the plugin to a server; each time as another process would be."""

    def connect(server, *, profile="openai", key="key-for-tests"):
        place = server.root.partition("//")[2]
        settings = {"base_url": server.url, "profiles": {place: profile}}
        setup = Setup(settings=settings, secrets={"OPENAI_API_KEY": key}, data_dir=str(tmp_path))
        return connected(pegboard_openai.assembled(), setup)

    return connect


def test_a_job_goes_through_its_states_and_its_answers_are_fetched_in_order(plugged):
    states = ["validating", "in_progress", "finalizing", "completed"]
    with BatchServer(states, printed=lambda lines: [json.dumps(line) for line in lines[::-1]]) as server:
        with plugged(server) as board:
            begun = Plugin(board).submit()
            assert (begun.job, begun.state, begun.prompts) == ("j1", JobState.VALIDATING, 3)
            assert server.jobs["batch_1"]["metadata"] == {"pegboard_job": "j1"}
        with plugged(server) as board:
            plugin = Plugin(board)
            assert [plugin.look().state.value for _ in states] == states
            (job,), answers = plugin.fetch()
    assert [(answer.at, answer.id, answer.message.parts[0].text) for answer in answers] == [
        (1, "a", "re: one"), (2, "b", "re: two"), (3, "c", "re: three"),
    ]  # fmt: skip
    assert (job.answered, job.failed, job.usage) == (3, 0, Usage(input=300, output=30))
    assert job.planned == PLANNED


@pytest.mark.parametrize("counts", [True, False])
def test_what_failed_is_named_and_what_was_answered_is_counted(plugged, counts):
    def answer(number, body):
        return refused(2, "too long") if number == 2 else answered(number, body)

    with BatchServer(answer=answer, counts=counts) as server, plugged(server) as board:
        plugin = Plugin(board)
        plugin.submit()
        (job,), answers = plugin.fetch()
    assert [answer.error for answer in answers] == ["", "answered 400: too long (invalid_request_error)", ""]
    assert (job.state, job.answered, job.failed) == (JobState.COMPLETED, 2, 1)
    assert job.usage == Usage(input=200, output=20)


def test_an_expired_job_gives_what_was_answered_and_says_of_the_rest_why_not(plugged):
    def answer(number, body):
        return (
            answered(1, body)
            if number == 1
            else unmade(number, "batch_expired", "not within 24h")
            if number == 2
            else None
        )

    with BatchServer(["in_progress", "expired"], answer=answer) as server, plugged(server) as board:
        plugin = Plugin(board)
        plugin.submit()
        plugin.look()
        (job,), answers = plugin.fetch()
    assert job.state is JobState.EXPIRED
    assert [answer.error for answer in answers] == [
        "", "not within 24h (batch_expired)",
        "the job is expired; the provider's files have no answer to this prompt",
    ]  # fmt: skip


def test_a_job_that_was_not_taken_says_which_line_is_why_and_costs_nothing(plugged):
    with BatchServer() as server, plugged(server) as board:
        plugin = Plugin(board)
        job = plugin.submit(model="none-such")
        assert (job.state, job.usage) == (JobState.FAILED, Usage())
        assert job.problems[0] == "line 1: The provided model 'none-such' does not exist."
        _, answers = plugin.fetch()
    assert "the job is failed; line 1: The provided model" in answers[0].error


def test_a_job_that_is_stopped_keeps_what_was_answered(plugged):
    answer = lambda number, body: answered(number, body) if number == 1 else None  # noqa: E731
    with BatchServer(["in_progress", "in_progress", "cancelled"], answer=answer) as server, plugged(server) as board:
        plugin = Plugin(board)
        plugin.submit()
        (job,), _ = plugin.ask(CancelJob(job="j1"))
        assert job.state is JobState.CANCELLING
        server.states = ["cancelled"]
        (job,), answers = plugin.fetch()
        assert (job.state, job.usage) == (JobState.CANCELLED, Usage(input=100, output=10))
        assert answers[0].message is not None
        (again,), _ = plugin.ask(CancelJob(job="j1"))
        assert again.state is JobState.CANCELLED
    assert server.asked["cancel"] == 1


def test_what_is_not_over_is_not_fetched(plugged):
    with BatchServer(["in_progress"]) as server, plugged(server) as board:
        plugin = Plugin(board)
        plugin.submit()
        with pytest.raises(InvalidParams, match="`j1` is in_progress"):
            plugin.fetch()


def test_what_is_over_is_not_asked_about_again(plugged):
    with BatchServer() as server, plugged(server) as board:
        plugin = Plugin(board)
        plugin.submit()
        for _ in range(3):
            assert plugin.look().state is JobState.COMPLETED
    assert server.asked["look"] == 1


@pytest.mark.parametrize("route", ["upload", "create", "look", "content", "cancel"])
def test_a_connection_that_is_lost_costs_a_try_and_never_a_second_job(plugged, monkeypatch, route):
    monkeypatch.setattr("pegboard_sdk.http.patience.FIRST_S", 0.01)
    with (
        BatchServer(["in_progress", "completed"], cut_after={route: 1}, busy={route: 1}) as server,
        plugged(server) as board,
    ):
        plugin = Plugin(board)
        plugin.submit()
        plugin.ask(CancelJob(job="j1"))
        server.states = ["completed"]
        _, answers = plugin.fetch()
        assert len(server.jobs) == 1
        assert all(answer.message is not None for answer in answers)


def test_a_look_is_one_request_since_who_waits_looks_again(plugged):
    with BatchServer(["in_progress"], cut_after={"look": 1}) as server, plugged(server) as board:
        plugin = Plugin(board)
        plugin.submit()
        with pytest.raises(Upstream) as raised:
            plugin.look()
        assert raised.value.retry_ms == 0
        assert server.asked["look"] == 1
        (job,), _ = plugin.ask(LookAtJobs())
        assert (job.state, job.problems) == (JobState.IN_PROGRESS, ())


def test_a_job_whose_begin_nobody_heard_of_is_found_by_its_name(plugged, monkeypatch):
    """The connection broke after the server had it, every time: nothing is begun twice, and the next look finds it."""
    monkeypatch.setattr("pegboard_sdk.http.patience.FIRST_S", 0.01)
    with BatchServer(["in_progress"], cut_after={"create": 9, "jobs": 9}) as server:
        with plugged(server) as board, pytest.raises(Upstream, match="whether batch job `j1` was begun") as raised:
            Plugin(board).submit()
        assert raised.value.effect is Effect.UNKNOWN
        server.cut_after.clear()
        with plugged(server) as board:
            job = Plugin(board).look()
        assert (job.state, job.planned, len(server.jobs)) == (JobState.VALIDATING, PLANNED, 1)


def test_a_program_that_was_killed_before_it_heard_finds_its_job_among_many(plugged, tmp_path):
    with BatchServer(["in_progress"]) as server, plugged(server) as board:
        plugin = Plugin(board)
        plugin.submit()
        for _ in range(150):
            file = server.jobs["batch_1"]["input_file_id"]
            server.made({"input_file_id": file, "endpoint": "/v1/chat/completions", "completion_window": "24h"})
        shelf = Shelf(str(tmp_path))
        record = shelf.of("j1")
        job = msgspec.structs.replace(record.job, state=JobState.SENDING)
        shelf.keep(msgspec.structs.replace(record, job=job, theirs="", files=()))
        assert plugin.look().state is JobState.VALIDATING
        assert shelf.of("j1").theirs == "batch_1"
        assert server.asked["jobs"] == 2, "it is on the second page"


def test_a_job_that_never_reached_the_provider_is_lost_and_costs_nothing(plugged, monkeypatch):
    monkeypatch.setattr("pegboard_sdk.http.patience.FIRST_S", 0.01)
    with BatchServer(cut_after={"create": 9}) as server, plugged(server) as board:
        plugin = Plugin(board)
        server.held = True
        with pytest.raises(Upstream):
            plugin.submit()
        assert plugin.look().state is JobState.SENDING, "the provider may list it in a moment"
        monkeypatch.setattr(desk, "LISTED_S", 0.0)
        job = plugin.look()
        assert (job.state, job.usage) == (JobState.LOST, Usage())
        assert "never reached the provider" in job.problems[0]


def test_a_job_that_another_process_is_sending_is_left_alone(plugged, tmp_path):
    with BatchServer() as server, plugged(server) as board:
        plugin = Plugin(board)
        plugin.submit()
        shelf = Shelf(str(tmp_path))
        record = shelf.of("j1")
        shelf.keep(msgspec.structs.replace(record, theirs="", begun_s=0.0))
        with shelf.held("j1") as is_mine:
            assert is_mine
            plugin.look()
        assert server.asked["jobs"] == 0
        plugin.look()
        assert server.asked["jobs"] == 1


def test_what_the_server_refuses_leaves_nothing_behind(plugged, tmp_path):
    with BatchServer() as server, plugged(server, key="wrong") as board:
        plugin = Plugin(board)
        with pytest.raises(Unauthenticated) as raised:
            plugin.submit()
        assert raised.value.effect is Effect.NONE
        assert plugin.ask(LookAtJobs()) == ([], [])
    assert list(tmp_path.glob("**/*.json*")) == []


@pytest.mark.parametrize("profile", ["generic", "mistral", "gemini", "ollama"])
def test_a_server_that_has_no_such_jobs_is_refused_in_one_sentence(plugged, profile):
    words = f"profile `{profile}`.* has no batch jobs"
    with (
        BatchServer() as server,
        plugged(server, profile=profile) as board,
        pytest.raises(Unsupported, match=words) as raised,
    ):
        Plugin(board).submit()
    assert "\n" not in raised.value.message
    assert server.asked.total() == 0


def test_a_server_that_only_seems_to_have_them_says_so(plugged):
    class Bare(BatchServer):
        @property
        def url(self):
            return f"{self.root}/other"

    with Bare() as server, plugged(server) as board, pytest.raises(Unsupported, match="has no batch jobs"):
        Plugin(board).submit()


def test_jobs_of_another_server_are_listed_and_not_asked_about(plugged):
    with BatchServer(["in_progress"]) as server, plugged(server) as board:
        Plugin(board).submit()
    with BatchServer() as other, plugged(other) as board:
        plugin = Plugin(board)
        (job,), _ = plugin.ask(LookAtJobs())
        assert "base_url is" in job.problems[-1]
        with pytest.raises(InvalidParams, match="base_url is"):
            plugin.fetch()
    assert other.asked.total() == 0


@pytest.mark.parametrize("name", ["none", "../../etc/passwd", "", "a/b"])
def test_a_job_that_nobody_began_is_not_found(plugged, name):
    with BatchServer() as server, plugged(server) as board, pytest.raises(NotFound):
        Plugin(board).ask(FetchJob(job=name))


def test_a_damaged_record_is_named_and_hides_no_other(plugged, tmp_path):
    with BatchServer() as server, plugged(server) as board:
        plugin = Plugin(board)
        plugin.submit()
        (tmp_path / "batches" / "j0.json").write_text("{")
        jobs, _ = plugin.ask(LookAtJobs())
        assert [job.job for job in jobs] == ["j1"]
        assert any("j0" in log.msg for log in board.logs)
        with pytest.raises(PegboardError, match="cannot be read"):
            plugin.look("j0")


def test_what_was_sent_is_kept_for_this_user_alone(plugged, tmp_path):
    with BatchServer() as server, plugged(server) as board:
        Plugin(board).submit()
        kept = tmp_path / "batches" / "j1.jsonl"
        assert kept.read_bytes() == server.files["file-1"]
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.parent.stat().st_mode & 0o077 == 0
