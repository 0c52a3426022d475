"""`chat` for a person at a terminal."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable

from app import exit_codes, piped_chat
from app.console import Console
from app.dialogue import Dialogue
from app.model_opening import open_model
from app.port_reader import PortReader
from app.vault_opening import open_vault
from app.wording import as_count, speed_line
from engine.contract.errors import Cancelled, EngineError
from engine.contract.messages import FinishReason
from engine.contract.model_cards import LoadedModelInfo
from engine.contract.port import EnginePort
from engine.contract.settings import Settings

_HELP = """\
/new            start a new conversation
/model NAME     answer with another model
/system TEXT    tell the model something before the next conversation
/set NAME VALUE change max_tokens, temperature, top_p, min_p or seed
/help           show this
/quit           leave; so does Ctrl-D
Ctrl-C stops an answer; pressed at the prompt, it leaves."""


_SETTABLE = ("max_tokens", "temperature", "top_p", "min_p", "seed")


def run(port: EnginePort, settings: Settings, console: Console) -> int:
    """A conversation was held until the user, or whatever is piped in, had no more to say.

    Raises:
        EngineError: The model could not be opened; the caller tells it.
    """
    reader = PortReader(port)
    with contextlib.closing(reader), reader.stopping_on_ctrl_c():
        open_vault(reader, console)
        is_person = sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
        if is_person and not console.is_json:
            return TerminalChat(reader, settings, console).run()
        return piped_chat.run(reader, settings, console)


class TerminalChat:
    """The conversation of a person at a terminal.

    Each line that begins with / is an order to the app; see `/help`.
    """

    def __init__(self, reader: PortReader, settings: Settings, console: Console) -> None:
        self._reader = reader
        self._settings = settings
        self._console = console
        self._dialogue = Dialogue(reader, settings.generation)
        self._orders: dict[str, Callable[[str], None]] = {
            "/new": self._begin_anew,
            "/model": self._change_model,
            "/system": self._change_system,
            "/set": self._change_setting,
            "/help": lambda _rest: self._say(_HELP),
        }

    def run(self) -> int:
        """Ends when the user leaves."""
        with contextlib.suppress(ImportError):
            # Arrow keys and line editing for `input`; nothing is written to a history file.
            importlib.import_module("readline")
        self._introduce(open_model(self._reader, self._console, self._settings.models.model))
        while True:
            try:
                line = input("\nYou: ").strip()
            except EOFError:
                self._console.write("\n")
                return exit_codes.OK
            except KeyboardInterrupt:
                self._console.write("\n")
                return exit_codes.INTERRUPTED
            except UnicodeDecodeError:
                self._say("That line was not UTF-8 text.")
                continue
            if line in ("/quit", "/exit"):
                return exit_codes.OK
            if line:
                self._reader.was_interrupted = False
                self._take(line)

    def _take(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        try:
            if word in self._orders:
                self._orders[word](rest.strip())
            elif word.startswith("/") and word.count("/") == 1:
                self._say(f"There is no {word}; /help shows what there is.")
            else:
                self._answer(line)
        except EngineError as error:
            if error.kind != Cancelled.kind:
                self._say(f"{error.message} {error.action}".strip())

    def _answer(self, question: str) -> None:
        name_was_shown = False
        was_reasoning = False

        def show(text: str, is_reasoning: bool) -> None:
            nonlocal name_was_shown, was_reasoning
            if is_reasoning:
                self._console.write_dim(text if was_reasoning else f"\n{text.lstrip()}")
            elif name_was_shown:
                self._console.write(text)
            else:
                self._console.write(f"\nShvayambhu: {text.lstrip()}")
                name_was_shown = True
            was_reasoning = is_reasoning

        answer = self._dialogue.ask(question, show)
        self._console.write("\n")
        for notice in answer.notices:
            self._say(notice)
        if answer.message.finish_reason is FinishReason.LENGTH:
            self._say("It reached its longest length; ask it to go on if you like.")
        if answer.message.finish_reason is FinishReason.STOPPED:
            self._say("Stopped.")
        if answer.message.stats is not None:
            self._say(speed_line(answer.message.stats))

    def _introduce(self, model: LoadedModelInfo) -> None:
        size = f", {as_count(model.parameters)} parameters" if model.parameters else ""
        self._say(f"{model.name}{size}. Everything stays on this machine. /help shows more.")

    def _begin_anew(self, _rest: str) -> None:
        self._dialogue.begin_anew()
        self._say("A new conversation.")

    def _change_model(self, name: str) -> None:
        if not name:
            self._say("/model needs a name; `python -m app models list` shows them.")
            return
        self._introduce(open_model(self._reader, self._console, name))

    def _change_system(self, text: str) -> None:
        self._dialogue.begin_anew()
        self._dialogue.change(system_prompt=text)
        self._say("A new conversation begins with that.")

    def _change_setting(self, rest: str) -> None:
        name, _, value = rest.partition(" ")
        if name not in _SETTABLE:
            self._say(f"/set takes one of: {', '.join(_SETTABLE)}.")
            return
        number = int if name in ("max_tokens", "seed") else float
        try:
            self._dialogue.change(**{name: number(value)})
        except ValueError:
            self._say(f"{name} needs a number.")
            return
        self._say(f"{name} is {value} from the next answer on.")

    def _say(self, text: str) -> None:
        self._console.write_dim(text + "\n")
