"""Every kind of export file is read with its branches, and whatever is broken has a name."""

from __future__ import annotations

import json
import os
import struct
import zipfile

import pytest

from engine.chat.transfer import sources
from engine.chat.transfer.planting import plant
from engine.chat.transfer.sources import Reading, read_source
from engine.contract.errors import Cancelled, TransferError
from engine.contract.message_tree import shown_path, versions_of
from engine.contract.messages import FinishReason, Role
from tests.helpers import foreign_exports as foreign


def taken_in(path):
    """What was read, as conversations of ours, and what was noted on the way."""
    reading = Reading()
    found = list(read_source(path, reading, lambda _: None))
    return [plant(reading.source, one, foreign.NOON_S) for one in found], reading


def spoken(conversation):
    return [(message.role.value, message.text) for message in shown_path(conversation)]


def test_chatgpt_comes_with_both_answers_and_the_thoughts_before_the_second(tmp_path):
    path = foreign.write_zip(tmp_path / "export.zip", [foreign.chatgpt_conversation()])

    (conversation,), reading = taken_in(path)

    assert reading.source == "ChatGPT"
    assert conversation.title == "Herons"
    assert conversation.is_archived
    assert spoken(conversation) == [
        ("user", "Why do herons stand?"),
        ("assistant", "One leg loses less heat."),
        ("user", "Is this one?"),
    ]
    beside = versions_of(conversation.messages, shown_path(conversation)[1].id)
    assert [message.text for message in beside] == ["To keep warm.", "One leg loses less heat."]
    assert beside[1].reasoning == "Herons\nStanding saves warmth."
    assert beside[1].stats.model == "gpt-5"
    assert reading.left_out == {"pictures": 1}


def test_claude_comes_with_both_versions_of_a_question_and_the_pasted_file(tmp_path):
    path = foreign.write_json(tmp_path / "conversations.json", [foreign.claude_conversation()])

    (conversation,), reading = taken_in(path)

    assert reading.source == "Claude"
    question, answer = shown_path(conversation)
    assert question.text.startswith("How long does green tea steep?\n\nnotes.txt:\n\n```\nmine")
    assert (answer.text, answer.reasoning) == ("Three minutes at 80 degrees.", "Oolong or green?")
    assert len(versions_of(conversation.messages, question.id)) == 2
    assert question.created_at_s == 1_760_000_020.0
    assert reading.left_out["files"] == 1


def test_an_older_claude_export_without_parents_is_one_row(tmp_path):
    old = foreign.claude_conversation()
    for message in old["chat_messages"]:
        del message["parent_message_uuid"]

    (conversation,), _ = taken_in(foreign.write_json(tmp_path / "a.json", [old]))

    assert len(shown_path(conversation)) == 4


def test_open_webui_comes_with_the_answers_of_both_models(tmp_path):
    path = foreign.write_json(tmp_path / "chat-export.json", [foreign.open_webui_chat()])

    (conversation,), reading = taken_in(path)

    assert reading.source == "Open WebUI"
    assert conversation.is_pinned
    assert conversation.system_prompt == "Count well."
    assert spoken(conversation)[1] == ("assistant", "9 is more.")
    first, second = versions_of(conversation.messages, shown_path(conversation)[1].id)
    assert (first.stats.model, first.stats.tokens_per_second) == ("llama3:8b", 31.5)
    assert (second.text, second.reasoning) == ("Nine.", "7 < 9")


def test_lm_studio_comes_with_versions_figures_and_its_system_prompt(tmp_path):
    name = "1760000000000.conversation.json"
    path = foreign.write_json(tmp_path / name, foreign.lm_studio_conversation())

    (conversation,), reading = taken_in(path)

    assert reading.source == "LM Studio"
    assert conversation.system_prompt == "You lay bricks."
    assert [text for _, text in spoken(conversation)] == ["What holds bricks?", "Mortar.", "Thanks"]
    glue, mortar = versions_of(conversation.messages, shown_path(conversation)[1].id)
    assert (glue.text, mortar.reasoning) == ("Glue.", "Mortar or glue?")
    assert mortar.finish_reason is FinishReason.LENGTH
    assert (mortar.stats.ttft_ms, mortar.stats.completion_tokens) == (250.0, 12)


def test_a_folder_of_lm_studio_and_a_file_of_it_are_the_same_conversation(tmp_path):
    path = foreign.write_json(tmp_path / "work.conversation.json", foreign.lm_studio_conversation())

    (alone,), _ = taken_in(path)
    (in_folder,), _ = taken_in(tmp_path)

    assert alone == in_folder


@pytest.mark.parametrize("depth", [".", "threads", "threads/jan_1760000000"])
def test_jan_is_read_from_its_folder_whichever_was_chosen(tmp_path, depth):
    foreign.write_jan_thread(tmp_path / "threads")

    (conversation,), reading = taken_in(tmp_path / depth)

    assert reading.source == "Jan"
    assert conversation.title == "Moths"
    assert conversation.system_prompt == "Be calm."
    question, answer = shown_path(conversation)
    assert question.text == "Why do moths circle lamps?"
    assert (answer.text, answer.reasoning) == ("They follow the moon.", "light")
    assert answer.stats.model == "phi-4"


def test_the_same_file_gives_the_same_identifiers_each_time(tmp_path):
    """What was taken in is known again, so nothing comes in twice."""
    path = foreign.write_json(tmp_path / "a.json", [foreign.chatgpt_conversation()])

    assert taken_in(path)[0] == taken_in(path)[0]


def test_identifiers_sort_as_the_messages_were_made(tmp_path):
    (conversation,), _ = taken_in(
        foreign.write_json(tmp_path / "a.json", [foreign.chatgpt_conversation()])
    )

    ids = [message.id for message in conversation.messages]
    assert ids == sorted(ids)
    seen = set()
    for message in conversation.messages:
        assert message.parent_id is None or message.parent_id in seen
        seen.add(message.id)


def test_an_unpacked_export_may_be_chosen_as_a_folder(tmp_path):
    foreign.write_json(tmp_path / "conversations-000.json", [foreign.chatgpt_conversation()])
    foreign.write_json(tmp_path / "user.json", {"email": "x"})

    assert len(taken_in(tmp_path)[0]) == 1


def test_entries_of_no_known_kind_are_counted_and_passed_over(tmp_path):
    content = [{"what": "else"}, 7, foreign.chatgpt_conversation(), foreign.open_webui_chat()]
    found, reading = taken_in(foreign.write_json(tmp_path / "a.json", content))

    assert len(found) == 1
    assert reading.unknown == 3


def test_a_circle_of_parents_ends(tmp_path):
    odd = foreign.chatgpt_conversation()
    odd["mapping"]["q1"]["parent"] = "q2"
    odd["mapping"]["think"]["parent"] = "result"

    found, _ = taken_in(foreign.write_json(tmp_path / "a.json", [odd]))

    assert all(len(one.messages) <= 9 for one in found)


def test_lone_surrogates_and_nulls_do_not_reach_the_vault(tmp_path):
    path = tmp_path / "a.json"
    conversation = foreign.claude_conversation()
    conversation["chat_messages"][0]["content"][0]["text"] = "a\ud800b\0c"
    path.write_text(json.dumps([conversation]), encoding="utf-8")

    (conversation,), _ = taken_in(path)

    assert conversation.messages[0].text == "a?bc"


BROKEN = {
    "empty": b"",
    "no json": b"Dear diary",
    "cut short": json.dumps([foreign.chatgpt_conversation()]).encode()[:-40],
    "more after the end": b"[] []",
    "not utf-8": b'[{"mapping": "\xff"}]',
    "deep": b"[" * 200_000,
    "a long number": b"[" + b"1" * 100_000 + b"]",
    "missing comma": b'[{"mapping": {}} {"mapping": {}}]',
    "key without value": b'{"conversations" [1]}',
    "no conversations": b"[1, 2, 3]",
    "an empty list": b"[]",
    "only a word": b'"mapping"',
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_has_a_plain_error(tmp_path, content):
    path = tmp_path / "secret-name.json"
    path.write_bytes(content)

    with pytest.raises(TransferError) as raised:
        taken_in(path)

    assert "Nothing was taken in" in raised.value.message
    assert "secret" not in raised.value.message


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TransferError, match="no conversations"):
        taken_in(tmp_path / "pipe")
    with pytest.raises(TransferError, match="cannot be read"):
        taken_in(tmp_path / "nothing here")
    with pytest.raises(TransferError, match="no conversations"):
        taken_in(tmp_path)


def test_a_zip_that_unpacks_to_more_than_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "LIMIT_BYTES", 100_000)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", "[" + " " * 5_000_000 + "]")
    assert path.stat().st_size < 10_000

    with pytest.raises(TransferError, match="larger than 1 GB"):
        taken_in(path)


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "LIMIT_BYTES", 100_000)
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", "[" + " " * 5_000_000 + "]")
    raw = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = raw.find(mark) + place
        raw[at : at + 4] = struct.pack("<L", 50)
    path.write_bytes(bytes(raw))

    with pytest.raises(TransferError):
        taken_in(path)


@pytest.mark.parametrize("cut", [10, 60, 200, -30])
def test_a_broken_zip_has_a_plain_error(tmp_path, cut):
    path = foreign.write_zip(tmp_path / "a.zip", [foreign.chatgpt_conversation()])
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(TransferError):
        taken_in(path)


def test_a_zip_with_a_flipped_byte_has_a_plain_error(tmp_path):
    path = foreign.write_zip(tmp_path / "a.zip", [foreign.chatgpt_conversation()] * 20)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    path.write_bytes(bytes(raw))

    with pytest.raises(TransferError):
        taken_in(path)


def test_a_zip_whose_names_alone_fill_the_memory_is_refused(tmp_path):
    path = foreign.write_zip(tmp_path / "a.zip", [])
    raw = bytearray(path.read_bytes())
    end = raw.rfind(b"PK\x05\x06")
    raw[end + 12 : end + 16] = struct.pack("<L", 900_000_000)
    path.write_bytes(bytes(raw))

    with pytest.raises(TransferError, match="more files"):
        taken_in(path)


def test_an_element_larger_than_any_conversation_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.chat.transfer.json_stream.ELEMENT_LETTERS", 2_000_000)
    path = tmp_path / "a.json"
    path.write_text('["' + "x" * 9_000_000, encoding="utf-8")

    with pytest.raises(TransferError, match="larger than any conversation"):
        taken_in(path)


def test_reading_stops_as_soon_as_nobody_waits(tmp_path):
    path = foreign.write_json(tmp_path / "a.json", [foreign.chatgpt_conversation()] * 50)

    def stop(_):
        raise Cancelled("It was stopped.")

    with pytest.raises(Cancelled):
        list(read_source(path, Reading(), stop))


def test_links_in_a_folder_are_not_followed(tmp_path):
    outside = foreign.write_jan_thread(tmp_path / "outside")
    inside = tmp_path / "chosen" / "jan"
    inside.mkdir(parents=True)
    (inside / "thread.json").symlink_to(outside / "thread.json")

    with pytest.raises(TransferError):
        taken_in(tmp_path / "chosen")


def test_an_answer_without_a_known_role_is_nobody_s(tmp_path):
    odd = foreign.open_webui_chat()
    odd["chat"]["history"]["messages"]["w2"]["role"] = "wizard"

    (conversation,), _ = taken_in(foreign.write_json(tmp_path / "a.json", odd))

    assert {message.role for message in conversation.messages} == {Role.USER, Role.ASSISTANT}
    assert len(conversation.messages) == 2
