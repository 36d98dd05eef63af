"""Every slash command of ours, with its aliases: the one table that `/help`, completion and the documents follow."""

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Final

from msgspec import Struct

from pegboard.cli.slash import codebase, context, going, pasting, prompts, rights, showing, switching, writing
from pegboard.cli.slash.scene import Kind, Row, Scene
from pegboard_sdk.wire.fronting import Said

Act = Callable[[Scene, str], Awaitable[Said]]


class Changes(Enum):
    """When a command changes the session or what is kept; without words, many only show."""

    NOTHING = "nothing"
    WITH_WORDS = "with words"
    ALWAYS = "always"


class Command(Struct, frozen=True):
    """A command. With `plugin`, that plugin's command of the same name does it; `act` is what we do without one."""

    name: str
    act: Act | None
    about: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    arguments: str = ""
    plugin: str = ""
    changes: Changes = Changes.NOTHING

    @property
    def row(self) -> Row:
        """As `/help` shows it."""
        return Row(self.name, self.about, self.kind, self.aliases, self.arguments)

    def is_change(self, rest: str) -> bool:
        """Whether it is journaled before it is done."""
        return self.changes is Changes.ALWAYS or (self.changes is Changes.WITH_WORDS and bool(rest))


_ALWAYS, _WORDS = Changes.ALWAYS, Changes.WITH_WORDS
_S, _M, _P, _G = Kind.SESSION, Kind.MODEL, Kind.PROJECT, Kind.PROGRAM

COMMANDS: Final = (
    Command("clear", going.clear, "Begin a new session; this one can be resumed.", _S,
            ("new", "reset"), changes=_ALWAYS),
    Command("resume", going.resume, "Go on with another session.", _S,
            ("sessions", "continue", "chat"), "[ID|WORDS]", changes=_ALWAYS),
    Command("fork", going.fork, "Go on in a copy, of all or up to record N.", _S, ("branch",), "[N]", changes=_ALWAYS),
    Command("tree", going.tree, "Show which session was forked from which.", _S),
    Command("rewind", going.rewind, "Take turns back: conversation, files, or both.", _S,
            ("rollback",), "[TURN] [conversation|files|both]", changes=_ALWAYS),
    Command("undo", None, "Put back what the last prompt changed in files.", _S, (), "[N]", "undo", changes=_ALWAYS),
    Command("redo", None, "Take the last undo back.", _S, (), "", "undo", changes=_ALWAYS),
    Command("compact", context.compact, "Shrink the conversation, keeping what matters.", _S,
            ("compress", "summarize"), "[FOCUS|undo]", "compact", changes=_ALWAYS),
    Command("rename", going.rename, "Call this session something.", _S, ("save",), "TITLE", changes=_ALWAYS),
    Command("export", writing.export, "Write the conversation to a file.", _S, (), "[FORMAT] [FILE]"),
    Command("share", writing.share, "Write the whole session into one file.", _S, (), "[FILE]"),
    Command("copy", writing.copy, "Copy the last answer, or the Nth from the end.", _S, (), "[N]"),
    Command("paste", pasting.paste, "Put the image of the clipboard into the next prompt.", _S),
    Command("artifacts", writing.artifacts, "List the long outputs that are kept whole, or write one.", _S,
            (), "[HANDLE FILE]"),
    Command("btw", prompts.btw, "Ask beside the conversation; it leaves no trace in it.", _S, (), "QUESTION"),
    Command("replay", None, "Play a recorded session again.", _S, (), "[ID]", "replay"),
    Command("model", switching.model, "Show or change the model.", _M, ("models",), "[NAME [EFFORT]]", changes=_WORDS),
    Command("effort", switching.effort, "Say how hard the model is to think.", _M,
            ("reasoning",), "[low|medium|high]", changes=_WORDS),
    Command("mode", switching.mode, "Show or change what passes without a question.", _M, (), "[MODE]", changes=_WORDS),
    Command("plan", switching.plan, "Read only; with words, a plan for them.", _M, (), "[PROMPT]", changes=_ALWAYS),
    Command("allow-all", switching.allow_all, "Let everything pass that the sandbox confines.", _M,
            (), "", changes=_ALWAYS),
    Command("permissions", rights.permissions, "Show and edit the rules in force.", _M,
            ("policies", "approvals"), "[allow RULE SCOPE|forget RULE]", changes=_WORDS),
    Command("sandbox", rights.sandbox, "Show which walls stand.", _M),
    Command("trust", rights.trust, "Show whether this folder is obeyed; `yes` trusts it.", _M,
            (), "[yes]", changes=_WORDS),
    Command("add-dir", rights.add_dir, "Work in another folder too, in this session.", _M, (), "[DIR]", changes=_WORDS),
    Command("cost", showing.cost, "Show tokens and money spent.", _M, ("usage", "stats"), "", "router"),
    Command("context", context.context, "Show what each part of the context costs.", _M),
    Command("codebase", codebase.codebase, "Put the project's files, or a map of them, into context.", _P,
            (), "[map|files] [TOKENS]", changes=_ALWAYS),
    Command("init", prompts.init, "Have the model write AGENTS.md from the project.", _P, (), "[WORDS]"),
    Command("memory", showing.memory, "Show the instructions that are obeyed here.", _P),
    Command("diff", None, "Show what this session changed in files.", _P, (), "[N]", "undo"),
    Command("review", prompts.review, "Have the model review changes.", _P, (), "[WHAT]"),
    Command("commit", prompts.commit, "Have the model commit what was done.", _P, (), "[MESSAGE]"),
    Command("pr", prompts.pull_request, "Have the model prepare a pull request.", _P, (), "[WORDS]"),
    Command("skills", None, "Show and load skills.", _P, (), "[NAME]", "skills"),
    Command("agents", None, "Show and start sub-agents.", _P, (), "", "agents"),
    Command("hooks", showing.hooks, "Show which plugins take part in which moments.", _P),
    Command("help", showing.help_, "Show the commands, or one of them.", _G, ("?",), "[NAME]"),
    Command("status", showing.status, "Show how the session stands.", _G),
    Command("doctor", showing.doctor, "Say what works here, what does not, and the repair.", _G),
    Command("plugins", showing.plugins, "Show plugins; switch one for new sessions.", _G,
            ("plugin", "extensions"), "[enable|disable NAME]", changes=_WORDS),
    Command("mcp", None, "Show servers of the Model Context Protocol.", _G, (), "", "mcp"),
    Command("reload", showing.reload, "Let plugins that failed start again.", _G),
    Command("tasks", showing.tasks, "Show what runs.", _G, ("shells", "bashes")),
    Command("config", writing.config, "Show or set a key of the configuration.", _G,
            ("settings",), "[KEY [VALUE]]", changes=_WORDS),
    Command("login", showing.login, "Show which keys there are, and how to keep one.", _G),
    Command("theme", switching.theme, "Let the screen look otherwise.", _G, (), "[NAME]"),
    Command("voice", None, "Speak and listen.", _G, (), "", "voice"),
    Command("remote", None, "Go on from another device.", _G, (), "", "remote"),
    Command("browser", None, "Let the agent use a browser.", _G, (), "", "browser"),
    Command("proxy", showing.proxy, "Say how models are reached through a proxy.", _G),
    Command("daemon", showing.daemon, "Say how to run in the background.", _G),
    Command("quit", showing.quit_, "Leave; the session can be resumed.", _G, ("exit", "q")),
)  # fmt: skip


def by_name() -> Mapping[str, Command]:
    """Every command under its name and each alias."""
    found = {command.name: command for command in COMMANDS}
    return found | {alias: command for command in COMMANDS for alias in command.aliases}
