"""The message tree behind a FakeEngine: versions, branches, the trash of messages, comparisons."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engine.contract import chat_commands as orders
from engine.contract import chat_events as told
from engine.contract import events
from engine.contract.errors import ErrorReport
from engine.contract.ids import new_id
from engine.contract.message_tree import below, newest_leaf, path_to
from engine.contract.messages import Conversation, Message, Role

# Writes one answer below a message and returns it: job, conversation, parent, more.
Write = Callable[..., Message]


class FakeTree:
    """Answers what may be asked of a conversation's tree.

    Attributes:
        explained: The prompt that every answer was made from.
    """

    def __init__(
        self,
        conversations: dict[str, Conversation],
        publish: Callable[[events.Event], None],
        write: Write,
    ) -> None:
        self.explained = told.AnswerExplained(
            conversation_id="",
            message_id="",
            prompt="<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n",
            prompt_tokens=30,
            is_exact=True,
        )
        self._conversations = conversations
        self._publish = publish
        self._write = write
        self._trash: dict[str, tuple[Message, ...]] = {}

    def carry_out(self, job: str, command: Any) -> ErrorReport | None:
        acts: dict[type, Callable[[str, Any], None]] = {
            orders.EditMessage: self._edit,
            orders.RegenerateAnswer: self._regenerate,
            orders.ContinueAnswer: self._continue,
            orders.ShowVersion: self._show,
            orders.BranchConversation: self._branch,
            orders.DeleteMessage: self._delete,
            orders.RestoreMessage: self._restore,
            orders.CompareAnswers: self._compare,
            orders.ExplainAnswer: self._explain,
        }
        act = acts.get(type(command))
        if act is not None:
            act(job, command)
        return None

    def add(self, job: str, to: str, message: Message) -> None:
        """The message is kept as the end of the path, and told of."""
        kept = self._conversations[to]
        self._conversations[to] = replace(
            kept, messages=(*kept.messages, message), leaf_id=message.id
        )
        self._publish(events.MessageAdded(job_id=job, conversation_id=to, message=message))

    def _message(self, command: Any) -> Message:
        kept = self._conversations[command.conversation_id]
        return next(m for m in kept.messages if m.id == command.message_id)

    def _edit(self, job: str, command: orders.EditMessage) -> None:
        to, old = command.conversation_id, self._message(command)
        edited = replace(old, id=new_id("msg"), text=command.text, created_at_s=time.time())
        self.add(job, to, edited)
        if old.role is Role.USER:
            self._write(job, to, edited.id)

    def _question(self, command: Any) -> str:
        message = self._message(command)
        return message.id if message.role is Role.USER else message.parent_id or ""

    def _regenerate(self, job: str, command: orders.RegenerateAnswer) -> None:
        model = command.model_id
        self._write(job, command.conversation_id, self._question(command), model=model)

    def _continue(self, job: str, command: orders.ContinueAnswer) -> None:
        old = self._message(command)
        self._write(job, command.conversation_id, old.parent_id, begun_with=old.text)

    def _show(self, job: str, command: orders.ShowVersion) -> None:
        kept = self._conversations[command.conversation_id]
        leaf = newest_leaf(kept.messages, command.message_id)
        changed = replace(kept, leaf_id=leaf)
        self._conversations[kept.id] = changed
        shown = replace(changed, messages=())
        self._publish(events.ConversationChanged(job_id=job, conversation=shown))

    def _branch(self, job: str, command: orders.BranchConversation) -> None:
        kept = self._conversations[command.conversation_id]
        messages, parent = [], None
        for message in path_to(kept.messages, command.message_id):
            messages.append(replace(message, id=new_id("msg"), parent_id=parent))
            parent = messages[-1].id
        made = replace(
            kept, id=command.new_conversation_id, messages=tuple(messages), leaf_id=parent
        )
        self._conversations[made.id] = made
        self._publish(events.ConversationCreated(job_id=job, conversation=made))

    def _delete(self, job: str, command: orders.DeleteMessage) -> None:
        kept = self._conversations[command.conversation_id]
        gone = below(kept.messages, command.message_id)
        left = tuple(m for m in kept.messages if m not in gone)
        parent = self._message(command).parent_id
        leaf = newest_leaf(left, parent) if parent else (left[-1].id if left else None)
        self._trash[command.message_id] = gone
        self._conversations[kept.id] = replace(kept, messages=left, leaf_id=leaf)
        ids = tuple(m.id for m in gone)
        self._publish(
            told.MessagesRemoved(job_id=job, conversation_id=kept.id, message_ids=ids, leaf_id=leaf)
        )

    def _restore(self, job: str, command: orders.RestoreMessage) -> None:
        kept = self._conversations[command.conversation_id]
        back = self._trash.pop(command.message_id)
        messages = tuple(sorted((*kept.messages, *back), key=lambda m: m.id))
        whole = replace(kept, messages=messages, leaf_id=newest_leaf(messages, back[0].id))
        self._conversations[kept.id] = whole
        self._publish(events.ConversationCreated(job_id=job, conversation=whole))

    def _compare(self, job: str, command: orders.CompareAnswers) -> None:
        to = command.conversation_id
        question = command.message_id
        if not question:
            asked = Message(
                id=new_id("msg"),
                role=Role.USER,
                text=command.text,
                created_at_s=time.time(),
                parent_id=self._conversations[to].leaf_id,
            )
            self.add(job, to, asked)
            question = asked.id
        answers = [
            self._write(job, to, question, model=side.model_id) for side in command.contenders
        ]
        ids = tuple(answer.id for answer in answers)
        self._publish(
            told.AnswersCompared(
                job_id=job, conversation_id=to, question_id=question, message_ids=ids
            )
        )

    def _explain(self, job: str, command: orders.ExplainAnswer) -> None:
        self._publish(
            replace(
                self.explained,
                job_id=job,
                conversation_id=command.conversation_id,
                message_id=command.message_id,
            )
        )
