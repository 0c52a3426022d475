"""The prompts that instruments are checked with: languages, code, numbers, long and short ones.

They stand here and not in a file so that a check means the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.contract.settings import GenerationSettings

_PASSAGE = (
    "The harbour was built in three stages. First the old wall was raised by two metres, then a "
    "basin for fishing boats was dug, and at last the lighthouse got an electric lamp. Each stage "
    "was paid for by another guild, and each guild put its sign above the gate. "
)
PROMPTS = (
    "Why is the sky blue?",
    "Write a haiku about rain on a tin roof.",
    "def mean(numbers):\n    # finish this function\n",
    "Pourquoi le ciel est-il bleu ? Réponds en une phrase.",
    "你好。请用一句话介绍你自己。",
    "Hi",
    f"{_PASSAGE * 3}\nWho paid for the lighthouse?",
    "17 + 25 =",
    "Warum ist der Himmel blau?",
    'Repeat exactly: "the cat sat on the mat, the cat sat on the mat, the cat sat"',
    "SELECT name FROM people WHERE",
    "¿Cuál es la capital de Perú?",
    "List three uses of a paper clip.",
    "日本の首都はどこですか。",
    "Translate to French: The book is on the table.",
    "{'a': 1, 'b': [2, 3], 'c': {'d':",
    "Кто написал «Войну и мир»?",
    "What is the opposite of 'generous'?",
    "हिन्दी में एक छोटी कहानी लिखो।",
    "Continue: 2, 4, 8, 16,",
    "Explain to a child what a shadow is.",
    "मेरा नाम आशा है। तुम्हारा नाम क्या है?",
    "Is a tomato a fruit or a vegetable?",
    "for i in range(10):\n    if i % 2 == 0:\n        print(",
    "ما هي عاصمة مصر؟",
    "Name a colour, an animal and a city, each on its own line.",
    f"{_PASSAGE * 2}\nSum this up in five words.",
    "🙂🙃🐟 What do these mean?",
    "Che cos'è la fotosintesi?",
    "If all cats are animals and Tom is a cat, what is Tom?",
    "\n\n   \n?",
    "Write the first line of a story about a lighthouse.",
    "How many minutes are there in a day?",
    "Skriv en mening om snø.",
    "#include <stdio.h>\nint main(void) {\n",
    "Was ist der Unterschied zwischen Wetter und Klima?",
    "Correct this: he go to school yesterday",
    "a a a a a a a a a a a a a a a a a a a a a a a a",
    "Quelle heure est-il à Tokyo quand il est midi à Paris ?",
    "Give me a recipe with rice and lentils.",
    "안녕하세요. 오늘 날씨가 어때요?",
    "x^2 - 5x + 6 = 0. What is x?",
    "Write a limerick about a mathematician.",
    "Wie heißt die Hauptstadt von Österreich?",
    "Say nothing.",
    "Once upon a time, in a village by the sea,",
    'curl -X POST https://example.org/api -d \'{"name":',
    "Πώς γίνεται ψωμί;",
    "What would you take to an island?",
    f"Quote the second sentence of this text.\n{_PASSAGE}",
)
_DRAWN = (
    GenerationSettings(temperature=0.0),
    GenerationSettings(temperature=0.7, top_p=0.9, min_p=0.0),
    GenerationSettings(temperature=0.0),
    GenerationSettings(temperature=1.2, top_p=1.0, min_p=0.05),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPrompt:
    """One question, and how it is answered.

    Attributes:
        text: What is asked.
        settings: How tokens are drawn.
        seed: Of the drawing.
    """

    text: str
    settings: GenerationSettings
    seed: int


def check_prompts(count: int) -> Iterator[CheckPrompt]:
    """`count` of them, always the same; each text comes back drawn in another way."""
    for number in range(count):
        turn, place = divmod(number, len(PROMPTS))
        yield CheckPrompt(
            text=PROMPTS[place],
            settings=_DRAWN[(place + turn) % len(_DRAWN)],
            seed=number,
        )
