"""What all benchmarks stand on: the model, its tokenizer, the peers that are here, and the time."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.paths import find_paths
from engine.models import registry
from engine.models.gguf.reader import GgufFile
from engine.models.gguf.tokenizer import tokenizer_from_fields
from engine.models.tokenizer import Tokenizer
from tests.benchmarks.machine import ROOT

STARTER_MODEL = "smollm2-135m"
LLAMA_VARIABLE = "SHVAYAMBHU_LLAMA_PYTHON"
_CATALOGUE = registry.read_catalogue(ROOT / "resources" / "models.toml")


@dataclass
class Ground:
    """Handed to every benchmark.

    Attributes:
        model_path: The GGUF file that all contenders use.
        llama_python: An interpreter that has llama-cpp-python; empty if there is none.
        scratch: A folder that is removed at the end.
        rounds: How often each contender runs, if there is time.
        say: Shows one line of progress.
        limit: Questions of a calibration; 0 is all.
        deadline_s: When the benchmark at work should end, on the clock of `time.monotonic`.
    """

    model_id: str
    model_path: Path
    models_dir: Path
    tokenizer: Tokenizer
    llama_python: str
    scratch: Path
    rounds: int
    say: Callable[[str], None]
    limit: int = 0
    deadline_s: float = 0.0

    def left_s(self) -> float:
        """Seconds until the benchmark at work should end."""
        return max(self.deadline_s - time.monotonic(), 0.0)

    def rounds_in_time(self) -> Iterator[int]:
        """1, 2, 3 ... as long as another round like the last one still fits; at least 1."""
        for number in range(1, self.rounds + 1):
            begun = time.monotonic()
            yield number
            if time.monotonic() - begun > self.left_s() and number < self.rounds:
                self.say(f"no time for more than {number} of {self.rounds} rounds")
                return

    def prompt_ids(self, text: str) -> list[int]:
        """What the engine makes of one message without a system prompt, token by token."""
        return self.tokenizer.encode_chat([("user", text)])

    def app_words(self) -> list[str]:
        """The command line that gives the app this model."""
        return ["--model", self.model_id]


def prepare(model_id: str, rounds: int, say: Callable[[str], None]) -> Ground:
    """The model is on this machine and read far enough to make prompts.

    Raises:
        FileNotFoundError: It could not be fetched, or is no GGUF file.
    """
    models_dir = find_paths(None).models_dir
    path = _model_file(model_id, models_dir)
    with GgufFile(path) as file:
        tokenizer, _ = tokenizer_from_fields(file.metadata)
    return Ground(
        model_id=model_id,
        model_path=path,
        models_dir=models_dir,
        tokenizer=tokenizer,
        llama_python=_find_llama(),
        scratch=Path(tempfile.mkdtemp(prefix="shvayambhu-bench-")),
        rounds=rounds,
        say=say,
    )


def _model_file(model_id: str, models_dir: Path) -> Path:
    path = registry.locate(model_id, _CATALOGUE, models_dir)
    if path is None:
        fetch = [sys.executable, "-m", "app", "models", "fetch", model_id]
        subprocess.run(fetch, cwd=ROOT, check=False, stdout=sys.stderr)
        path = registry.locate(model_id, _CATALOGUE, models_dir)
    if path is None or not path.is_file():
        raise FileNotFoundError(f"{model_id} is not a GGUF file on this machine")
    return path


def _find_llama() -> str:
    """An interpreter of the user's choice, or this one."""
    chosen = os.environ.get(LLAMA_VARIABLE, "")
    if chosen:
        # Resolving a link would leave its virtual environment.
        chosen = os.path.abspath(Path(chosen).expanduser())
    elif importlib.util.find_spec("llama_cpp"):
        chosen = sys.executable
    if not chosen:
        return ""
    try:
        test = subprocess.run(
            [chosen, "-c", "import llama_cpp"], capture_output=True, check=False, cwd=ROOT
        )
    except OSError:
        return ""
    return chosen if test.returncode == 0 else ""
