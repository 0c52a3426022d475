"""The presets and prompts that a new vault begins with; the user may change or remove each."""

from __future__ import annotations

from engine.contract.library import Preset, PromptTemplate, SamplingOverrides

_PRESETS = (
    (
        "writing",
        "Writing",
        "You help with writing. Keep the author's voice. When asked to improve a text, return the "
        "improved text first, then name the main changes in a short list.",
        SamplingOverrides(temperature=0.8),
    ),
    (
        "code",
        "Code",
        "You help with programming. Answer with working code in one block, then the reasons that "
        "are not plain from it. Say so if something is uncertain or depends on a version.",
        SamplingOverrides(temperature=0.2),
    ),
    (
        "brief",
        "Brief",
        "Answer in at most three sentences. Leave out introductions and repetitions.",
        SamplingOverrides(max_tokens=256),
    ),
)
_PROMPTS = (
    (
        "translate",
        "Translate",
        "Translate the following text into {{language}}. Return the translation only.\n\n{{text}}",
    ),
    (
        "explain-simply",
        "Explain simply",
        "Explain {{topic}} in plain words to somebody who knows nothing of it, with one example.",
    ),
    (
        "summarise",
        "Summarise",
        "Summarise the following text in five points, the most important one first.\n\n"
        "{{clipboard}}",
    ),
    (
        "review-code",
        "Review code",
        "Review the following code. Name mistakes first, then what is hard to read, each with the "
        "line it is about.\n\n{{clipboard}}",
    ),
)


def starters(now_s: float) -> tuple[Preset | PromptTemplate, ...]:
    """All of them, under identifiers that are the same in every vault."""
    presets = (
        Preset(
            id=f"preset_starter_{word}",
            name=name,
            created_at_s=now_s,
            system_prompt=system_prompt,
            sampling=sampling,
        )
        for word, name, system_prompt, sampling in _PRESETS
    )
    prompts = (
        PromptTemplate(
            id=f"prompt_starter_{name}", name=name, title=title, text=text, created_at_s=now_s
        )
        for name, title, text in _PROMPTS
    )
    return (*presets, *prompts)
