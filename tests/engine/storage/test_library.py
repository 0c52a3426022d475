from __future__ import annotations

import asyncio

import pytest

from engine.contract.errors import BadRequestError, NotFoundError
from engine.contract.library import Folder, Preset, PromptTemplate, SamplingOverrides
from engine.storage import library
from engine.storage.codec import Codec
from engine.storage.migrations.upgrade import upgrade
from engine.storage.store import Store

FOLDER = Folder(id="folder_1", name="Work", created_at_s=5.0)
PRESET = Preset(
    id="preset_1",
    name="Terse",
    created_at_s=6.0,
    system_prompt="Be brief.",
    sampling=SamplingOverrides(temperature=0.5, seed=7),
    model_id="tiny",
)
PROMPT = PromptTemplate(
    id="prompt_1", name="sum-up", title="Sum up", text="Sum up {{text}}", created_at_s=7.0
)


@pytest.fixture
def in_library():
    """Runs a function with a writer on an empty vault."""

    def run(scenario):
        async def conduct():
            store = await Store.in_memory()
            await store.maintain(upgrade)
            try:
                await store.write(lambda writer: scenario(writer, Codec()))
            finally:
                await store.close()

        asyncio.run(conduct())

    return run


def test_everything_comes_back_equal(in_library):
    def scenario(writer, codec):
        for item in (FOLDER, PRESET, PROMPT):
            library.save_item(writer, codec, item, 9.0)
        assert library.load_library(writer, codec) == ((FOLDER,), (PRESET,), (PROMPT,))
        assert library.load_preset(writer, codec, "preset_1") == PRESET
        assert library.load_preset(writer, codec, "folder_1") is None
        assert library.load_preset(writer, codec, "none") is None

    in_library(scenario)


def test_what_was_removed_is_gone_until_it_is_restored_or_purged(in_library):
    def scenario(writer, codec):
        library.save_item(writer, codec, PRESET, 9.0)
        library.remove_item(writer, "preset_1", 10.0)
        assert library.load_preset(writer, codec, "preset_1") is None
        with pytest.raises(NotFoundError):
            library.remove_item(writer, "preset_1", 10.0)
        library.restore_item(writer, "preset_1", 11.0)
        assert library.load_preset(writer, codec, "preset_1") == PRESET
        library.remove_item(writer, "preset_1", 12.0)
        assert library.purge_removed(writer, 12.0) == 0
        assert library.purge_removed(writer, 13.0) == 1
        with pytest.raises(NotFoundError):
            library.restore_item(writer, "preset_1", 14.0)

    in_library(scenario)


def test_two_prompts_never_share_a_name(in_library):
    def scenario(writer, codec):
        library.save_item(writer, codec, PROMPT, 9.0)
        other = PromptTemplate(id="p2", name="SUM-UP", title="", text="x", created_at_s=8.0)
        with pytest.raises(BadRequestError, match="SUM-UP"):
            library.save_item(writer, codec, other, 9.0)
        library.save_item(writer, codec, PROMPT, 10.0)

    in_library(scenario)


def test_an_identifier_names_one_kind_of_thing(in_library):
    def scenario(writer, codec):
        library.save_item(writer, codec, FOLDER, 9.0)
        with pytest.raises(BadRequestError):
            library.save_item(writer, codec, Preset(id="folder_1", name="x", created_at_s=1.0), 9.0)

    in_library(scenario)


def test_what_is_offered_is_offered_once(in_library):
    def scenario(writer, codec):
        assert not library.is_offered(writer)
        assert library.offer(writer, codec, (PRESET, PROMPT))
        library.remove_item(writer, "preset_1", 10.0)
        assert not library.offer(writer, codec, (PRESET,))
        assert library.load_library(writer, codec) == ((), (), (PROMPT,))

    in_library(scenario)


@pytest.mark.parametrize(
    "body",
    ["{", "[]", "7", '{"name": 5}', '{"name": "x", "sampling": 5}', "{}", '{"sampling": []}'],
)
def test_a_row_that_is_not_ours_is_passed_over(in_library, body):
    """A backup may come from anywhere."""

    def scenario(writer, codec):
        writer.execute(
            """INSERT INTO records (id, kind, body, created_at_s, updated_at_s, raw_bytes)
            VALUES ('x', 'preset', ?, 1, 1, 1)""",
            (codec.pack("record", body),),
        )
        folders, _, prompts = library.load_library(writer, codec)
        assert (folders, prompts) == ((), ())

    in_library(scenario)


def test_numbers_of_the_wrong_kind_are_left_out():
    told = {"temperature": 0.5, "seed": 1.5, "max_tokens": True, "top_p": "1", "unknown": 3}
    assert library.sampling_from(told) == SamplingOverrides(temperature=0.5)
