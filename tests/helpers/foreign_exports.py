"""Export files of other programs, in the forms they were seen to have, with invented content."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

NOON_S = 1_760_000_000.0
_NOBODY = "00000000-0000-4000-8000-000000000000"


def chatgpt_node(name: str, parent: str | None, message: dict[str, Any] | None) -> dict[str, Any]:
    return {"id": name, "parent": parent, "children": [], "message": message}


def chatgpt_message(role: str, text: str, at_s: float, **more: Any) -> dict[str, Any]:
    return {
        "id": f"m-{at_s}",
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": at_s,
        "content": {"content_type": "text", "parts": [text]},
        "status": "finished_successfully",
        "recipient": "all",
        "weight": 1.0,
        "metadata": {"model_slug": "gpt-5"} if role == "assistant" else {},
    } | more


def chatgpt_conversation() -> dict[str, Any]:
    """Two answers to one question, thoughts and a tool step before the second, then a picture."""
    thoughts = {
        "content_type": "thoughts",
        "thoughts": [{"summary": "Herons", "content": "Standing saves warmth."}],
    }
    nodes = [
        chatgpt_node("root", None, None),
        chatgpt_node("sys", "root", chatgpt_message("system", "", NOON_S)),
        chatgpt_node("q1", "sys", chatgpt_message("user", "Why do herons stand?", NOON_S)),
        chatgpt_node("a1", "q1", chatgpt_message("assistant", "To keep warm.", NOON_S + 5)),
        chatgpt_node("think", "q1", chatgpt_message("assistant", "", NOON_S + 9, content=thoughts)),
        chatgpt_node(
            "call",
            "think",
            chatgpt_message("assistant", "search(herons)", NOON_S + 10, recipient="web"),
        ),
        chatgpt_node("result", "call", chatgpt_message("tool", "Heron page", NOON_S + 11)),
        chatgpt_node(
            "a2",
            "result",
            chatgpt_message(
                "assistant", "One leg loses less heat\ue200cite\ue202turn0\ue201.", NOON_S + 12
            ),
        ),
        chatgpt_node(
            "q2",
            "a2",
            chatgpt_message(
                "user",
                "",
                NOON_S + 60,
                content={
                    "content_type": "multimodal_text",
                    "parts": [
                        {"content_type": "image_asset_pointer", "asset_pointer": "file://x"},
                        "Is this one?",
                    ],
                },
            ),
        ),
    ]
    return {
        "title": "Herons",
        "create_time": NOON_S,
        "update_time": NOON_S + 60,
        "mapping": {node["id"]: node for node in nodes},
        "current_node": "q2",
        "conversation_id": "6f1e-heron",
        "is_archived": True,
    }


def claude_conversation() -> dict[str, Any]:
    """A question that was edited, so that there are two branches; a pasted file; a thought."""

    def message(
        uuid: str, parent: str, sender: str, text: str, second: int, **more: Any
    ) -> dict[str, Any]:
        return {
            "uuid": uuid,
            "parent_message_uuid": parent,
            "sender": sender,
            "text": text,
            "content": [{"type": "text", "text": text}],
            "created_at": f"2025-10-09T08:53:{second:02}.000000Z",
            "attachments": [],
            "files": [],
        } | more

    thinking = [
        {"type": "thinking", "thinking": "Oolong or green?"},
        {"type": "text", "text": "Three minutes at 80 degrees."},
    ]
    return {
        "uuid": "c1a0-tea",
        "name": "Tea",
        "created_at": "2025-10-09T08:53:20.000000Z",
        "updated_at": "2025-10-09T08:54:20.000000Z",
        "chat_messages": [
            message("u1", _NOBODY, "human", "How long does tea steep?", 20),
            message("u2", "u1", "assistant", "Three to five minutes.", 25),
            message(
                "u3",
                _NOBODY,
                "human",
                "How long does green tea steep?",
                40,
                attachments=[
                    {
                        "file_name": "notes.txt",
                        "file_size": 18,
                        "file_type": "txt",
                        "extracted_content": "mine is a sencha",
                    }
                ],
                files=[{"file_name": "leaf.png"}],
            ),
            message("u4", "u3", "assistant", "", 45, content=thinking),
        ],
    }


def open_webui_chat() -> dict[str, Any]:
    """Two answers by two models, the second with folded reasoning; the first is shown."""
    folded = (
        '<details type="reasoning" done="true" duration="4">\n<summary>Thought for 4 seconds'
        "</summary>\n&gt; 7 &lt; 9\n</details>\nNine."
    )
    messages = {
        "w1": {
            "id": "w1",
            "parentId": None,
            "childrenIds": ["w2", "w3"],
            "role": "user",
            "content": "Which is more, 7 or 9?",
            "timestamp": int(NOON_S),
        },
        "w2": {
            "id": "w2",
            "parentId": "w1",
            "childrenIds": [],
            "role": "assistant",
            "content": "9 is more.",
            "model": "llama3:8b",
            "timestamp": int(NOON_S) + 2,
            "usage": {"prompt_tokens": 21, "completion_tokens": 5, "response_token/s": 31.5},
        },
        "w3": {
            "id": "w3",
            "parentId": "w1",
            "childrenIds": [],
            "role": "assistant",
            "content": folded,
            "model": "qwen3:4b",
            "timestamp": int(NOON_S) + 3,
        },
    }
    return {
        "id": "0b2f-sum",
        "user_id": "me",
        "title": "Numbers",
        "created_at": int(NOON_S),
        "updated_at": int(NOON_S) + 3,
        "pinned": True,
        "archived": False,
        "chat": {
            "title": "Numbers",
            "models": ["llama3:8b", "qwen3:4b"],
            "params": {"system": "Count well."},
            "history": {"messages": messages, "currentId": "w2"},
        },
    }


def lm_studio_conversation() -> dict[str, Any]:
    """An answer with two versions, the second shown, with thoughts and figures."""

    def answer(text: str, *steps: dict[str, Any]) -> dict[str, Any]:
        block = {
            "type": "contentBlock",
            "stepIdentifier": "1-2",
            "content": [{"type": "text", "text": text, "fromDraftModel": False}],
            "genInfo": {
                "identifier": "gemma-3-4b",
                "stats": {
                    "stopReason": "maxPredictedTokensReached",
                    "tokensPerSecond": 42.5,
                    "timeToFirstTokenSec": 0.25,
                    "promptTokensCount": 30,
                    "predictedTokensCount": 12,
                },
            },
        }
        return {
            "type": "multiStep",
            "role": "assistant",
            "senderInfo": {"senderName": "gemma-3-4b"},
            "steps": [*steps, block],
        }

    def said(text: str) -> dict[str, Any]:
        content = [{"type": "text", "text": text}]
        return {"type": "singleStep", "role": "user", "content": content}

    thought = {
        "type": "contentBlock",
        "content": [{"type": "text", "text": "Mortar or glue?"}],
        "style": {"type": "thinking", "ended": True},
    }
    return {
        "name": "Bricks",
        "pinned": False,
        "createdAt": int(NOON_S * 1000),
        "tokenCount": 42,
        "messages": [
            {"versions": [said("What holds bricks?")], "currentlySelected": 0},
            {
                "versions": [answer("Glue."), answer("Mortar.", thought)],
                "currentlySelected": 1,
            },
            {"versions": [said("Thanks")], "currentlySelected": 0},
        ],
        "usePerChatPredictionConfig": True,
        "perChatPredictionConfig": {
            "fields": [{"key": "llm.prediction.systemPrompt", "value": "You lay bricks."}]
        },
    }


def write_jan_thread(folder: Path, *, name: str = "jan_1760000000") -> Path:
    """A thread as Jan lays it down; the latest message stands first, as older versions did."""

    def line(id_: str, role: str, text: str, at_ms: int) -> dict[str, Any]:
        return {
            "id": id_,
            "object": "thread.message",
            "thread_id": name,
            "role": role,
            "content": [{"type": "text", "text": {"value": text, "annotations": []}}],
            "status": "ready",
            "created_at": at_ms,
            "metadata": {},
        }

    thread = folder / name
    thread.mkdir(parents=True)
    facts = {
        "id": name,
        "object": "thread",
        "title": "Moths",
        "created": int(NOON_S),
        "updated": int(NOON_S) + 9,
        "assistants": [
            {"assistant_name": "Jan", "instructions": "Be calm.", "model": {"id": "phi-4"}}
        ],
    }
    at_ms = int(NOON_S * 1000)
    lines = [
        line("j2", "assistant", "<think>light</think>They follow the moon.", at_ms + 4000),
        line("j1", "user", "Why do moths circle lamps?", at_ms),
    ]
    (thread / "thread.json").write_text(json.dumps(facts), encoding="utf-8")
    text = "\n".join(json.dumps(one) for one in lines)
    (thread / "messages.jsonl").write_text(text, encoding="utf-8")
    return thread


def write_json(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def write_zip(path: Path, content: Any, *, member: str = "conversations.json") -> Path:
    """An export as its maker sends it, with a page that is not looked at."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("chat.html", "<script>alert(1)</script>")
        archive.writestr(member, json.dumps(content))
    return path
