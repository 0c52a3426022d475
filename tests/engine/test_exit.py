"""The process ends in order right after an answer, on a busy machine too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import mlx.core as mx

from tests.engine.models.tiny_models import CONFIGS, write_folder

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 3
PATIENCE_S = 60

ASK_AND_GO = """
import sys
from pathlib import Path
from engine.assembly import start_engine
from engine.contract.commands import LoadModel
from engine.contract.settings import GenerationSettings, Settings
from tests.helpers.engine_reader import EngineReader, turn_of

running = start_engine(
    settings=Settings(generation=GenerationSettings(system_prompt="")),
    models_dir=Path(sys.argv[1]) / "models",
    resources=Path("resources"),
    version="0",
)
reader = EngineReader(running.port)
reader.do(LoadModel(model_id=sys.argv[1]))
events = reader.ask(reader.converse(), "Hello", max_tokens=6, temperature=float(sys.argv[2]))
assert turn_of(events).message.stats.completion_tokens
running.close()
"""


def test_three_processes_at_once_end_in_order_right_after_an_answer(tmp_path):
    """Threads that still read weights while the process is taken apart end it with a signal."""
    # Wide enough for matrices that are packed, and of numbers that can be.
    sizes = {"hidden_size": 256, "intermediate_size": 512, "head_dim": 64}
    folder = tmp_path / "model"
    write_folder(folder, {**CONFIGS["llama"], **sizes}, dtype=mx.bfloat16)

    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ASK_AND_GO, str(folder), str(number / 2)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(AT_ONCE)
    ]

    errors = [process.communicate(timeout=PATIENCE_S)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * AT_ONCE, errors
