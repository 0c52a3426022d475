"""Invented conversations and models, shown in pictures of the pages and nowhere else."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from engine.contract.messages import AnswerStats, Conversation, FinishReason, Message, Role
from engine.contract.model_cards import LoadedModelInfo, ModelCard, ModelState
from engine.contract.vault import VaultState, VaultStatus

_DAY_S = 86_400

UNLOCKED = VaultStatus(state=VaultState.UNLOCKED, has_keychain_key=True)

MODEL = LoadedModelInfo(
    id="qwen3-8b",
    name="Qwen3 8B · 4-bit",
    licence="Apache-2.0",
    architecture="qwen3",
    parameters=8_190_000_000,
    context_tokens=32_768,
    weights_format="4-bit, groups of 64",
    weights_bytes=4_600_000_000,
    device="gpu",
    load_s=2.1,
    thinks=True,
)


def _card(
    id_: str, name: str, parameters: int, size: int, good_for: str, **more: object
) -> ModelCard:
    values = {
        "licence": "Apache-2.0",
        "context_tokens": 8192,
        "memory_bytes": ((4, round(size * 1.25)), (8, round(size * 2.1))),
    }
    return ModelCard(
        id=id_,
        name=name,
        parameters=parameters,
        download_bytes=size,
        good_for=good_for,
        **(values | more),  # type: ignore[arg-type]
    )


CARDS = (
    _card(
        "smollm2-135m",
        "SmolLM2 135M",
        135_000_000,
        88_000_000,
        "A first try on any machine; short and simple answers.",
        state=ModelState.READY,
        fits=True,
    ),
    _card(
        "qwen3-4b",
        "Qwen3 4B",
        4_020_000_000,
        2_300_000_000,
        "Everyday questions and writing on machines with 8 GB.",
        state=ModelState.PARTIAL,
        fits=True,
    ),
    _card(
        "qwen3-8b",
        "Qwen3 8B",
        8_190_000_000,
        4_600_000_000,
        "Careful answers, code, and many languages.",
        state=ModelState.LOADED,
        fits=True,
    ),
    _card(
        "gemma3-12b",
        "Gemma 3 12B",
        12_200_000_000,
        7_300_000_000,
        "Long texts and good style.",
        licence="Gemma Terms of Use",
        licence_url="https://ai.google.dev/gemma/terms",
        fits=True,
    ),
    _card(
        "qwen3-32b",
        "Qwen3 32B",
        32_800_000_000,
        18_400_000_000,
        "Hard questions, on machines with 48 GB or more.",
        fits=False,
    ),
)

RED_QUESTION = (
    "Why is the sky red in the evening but blue at noon?\n"
    "Keep it short and tell me how sure you are."
)
RED_ANSWER = (
    "Sunlight meets air molecules that scatter short (blue) waves far more than long (red) ones. "
    "At noon the path through air is short, so scattered blue fills the sky. At sunset light "
    "crosses far more air; the blue is scattered out on the way and red is left.\n\n"
    "I am sure of the cause, which is **Rayleigh scattering**. I am less sure of exact figures, "
    "so I left them out."
)
RICH_ANSWER = """\
Group the files by size first, because files of different size cannot be equal. Only then read \
them: `hashlib.blake2b` is fast and in the standard library.

## Steps

1. Walk the folder and group by size
2. Hash only files that share their size
3. Report groups of **two or more**
   - links are left alone
   - empty files count as one group

```python
from collections import defaultdict
from hashlib import blake2b
from pathlib import Path


def duplicates(folder: Path) -> list[list[Path]]:
    \"\"\"Files of equal content, grouped.\"\"\"
    groups: dict[bytes, list[Path]] = defaultdict(list)
    for path in folder.rglob("*"):  # every file below
        if path.is_file() and not path.is_symlink():
            groups[blake2b(path.read_bytes()).digest()].append(path)
    return [group for group in groups.values() if len(group) > 1]
```

What it costs on a laptop, roughly:

| Files | Total size | By size only | With hashes |
|:------|-----------:|-------------:|------------:|
| 1,000 | 0.4 GB | 0.02 s | 0.6 s |
| 50,000 | 21 GB | 0.9 s | 31 s |
| 400,000 | 310 GB | 8.1 s | 7 min |

> Reading whole files into memory is fine for small ones. For large ones, update the hash in \
pieces of a megabyte.

See the [documentation of hashlib](https://docs.python.org/3/library/hashlib.html).
"""
ARABIC_QUESTION = "لماذا تبدو السماء حمراء عند الغروب؟"
ARABIC_ANSWER = """\
يتشتت الضوء الأزرق في الهواء أكثر من الضوء الأحمر، ولذلك يصل إلينا اللون **الأحمر** عند الغروب.

1. طريق الضوء عبر الهواء أطول
2. يتشتت الأزرق في الطريق

> هذه الظاهرة تسمى تشتت رايلي.
"""


def stats(tokens: int = 86, *, reasoning_ms: float = 0.0, cached: int = 0) -> AnswerStats:
    """Invented measurements."""
    return AnswerStats(
        model=MODEL.id,
        prompt_tokens=412,
        cached_tokens=cached,
        completion_tokens=tokens,
        ttft_ms=412.0,
        tokens_per_second=14.2,
        prefill_tokens_per_second=380.0,
        seed=7,
        reasoning_ms=reasoning_ms,
    )


def user(id_: str, words: str, at: float = 0.0, after: str | None = None) -> Message:
    """A message of the user, after another one."""
    return Message(
        id=id_, role=Role.USER, text=words, created_at_s=at or time.time(), parent_id=after
    )


def answer(id_: str, words: str, *, reasoning: str = "", reasoning_ms: float = 0.0) -> Message:
    """A finished answer."""
    return Message(
        id=id_,
        role=Role.ASSISTANT,
        text=words,
        reasoning=reasoning,
        created_at_s=time.time(),
        finish_reason=FinishReason.STOP,
        stats=stats(len(words) // 4, reasoning_ms=reasoning_ms, cached=318),
    )


def conversation(id_: str, title: str, *messages: Message, days_ago: float = 0.0) -> Conversation:
    """A conversation last touched so many days ago."""
    then = time.time() - days_ago * _DAY_S
    shown = messages or (user(f"{id_}_u", title), answer(f"{id_}_a", "Yes."))
    return Conversation(
        id=id_, title=title, created_at_s=then, updated_at_s=then, messages=_in_a_row(shown)
    )


def _in_a_row(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Each message follows the one before, unless it says itself what it follows."""
    row: list[Message] = []
    for message in messages:
        if message.parent_id is None and row:
            message = replace(message, parent_id=row[-1].id)
        row.append(message)
    return tuple(row)


def past() -> list[Conversation]:
    """What the sidebar of a person who uses the app may hold."""
    titles = (
        ("Letter to the landlord", 0.01),
        ("Trip through Kerala", 0.02),
        ("Reading notes: Dennett", 3),
        ("Sourdough, third try", 4),
        ("Tax question 2026", 5),
        ("Names for the boat", 6),
    )
    return [
        conversation(f"past_{number}", title, days_ago=days)
        for number, (title, days) in enumerate(titles)
    ]
