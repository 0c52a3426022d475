"""The one door: the table from each command to its one handler.

It is also the answer to "where does this happen?".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from engine import (
    attachment_handlers,
    backup_handlers,
    calibration_handlers,
    conversation_handlers,
    handlers,
    instrument_handlers,
    introspection_handlers,
    library_handlers,
    transfer_handlers,
    trash_handlers,
    tree_handlers,
    vault_handlers,
)
from engine.chat import comparing, context, turn
from engine.contract import (
    chat_commands,
    commands,
    introspection_commands,
    library_commands,
    vault_commands,
)
from engine.contract.commands import Command
from engine.contract.errors import Cancelled, EngineError, report_of
from engine.contract.events import CommandFailed, CommandFinished, Event
from engine.contract.ids import new_id
from engine.contract.port import Listener
from engine.runtime.event_bus import EventBus
from engine.runtime.io_loop import IoLoop
from engine.storage.sql_errors import locked

_log = logging.getLogger(__name__)

Publish = Callable[[Event], None]
Handler = Callable[[turn.Chat, Any, Publish], Coroutine[Any, Any, None]]

HANDLERS: dict[type[Command], Handler] = {
    commands.SendMessage: turn.run,
    commands.StopGeneration: turn.stop,
    commands.MeasureContext: context.measure,
    commands.CreateConversation: handlers.create_conversation,
    commands.RenameConversation: handlers.rename_conversation,
    commands.DeleteConversation: handlers.delete_conversation,
    commands.RestoreConversation: handlers.restore_conversation,
    commands.ListConversations: handlers.list_conversations,
    chat_commands.EditMessage: tree_handlers.edit_message,
    chat_commands.RegenerateAnswer: tree_handlers.regenerate_answer,
    chat_commands.ContinueAnswer: tree_handlers.continue_answer,
    chat_commands.CompareAnswers: comparing.compare,
    chat_commands.ShowVersion: tree_handlers.show_version,
    chat_commands.BranchConversation: tree_handlers.branch_conversation,
    chat_commands.DeleteMessage: tree_handlers.delete_message,
    chat_commands.RestoreMessage: tree_handlers.restore_message,
    chat_commands.ExplainAnswer: conversation_handlers.explain_answer,
    chat_commands.OrganiseConversation: conversation_handlers.organise,
    chat_commands.ConfigureConversation: conversation_handlers.configure,
    chat_commands.KeepConversation: conversation_handlers.keep,
    chat_commands.KeepPlace: conversation_handlers.keep_place,
    commands.ListModels: handlers.list_models,
    commands.FetchModel: handlers.fetch_model,
    commands.LoadModel: handlers.load_model,
    commands.UnloadModel: handlers.unload_model,
    commands.ChangeSettings: handlers.change_settings,
    commands.InspectEngine: handlers.inspect_engine,
    library_commands.ListLibrary: library_handlers.list_library,
    library_commands.SaveFolder: library_handlers.save_folder,
    library_commands.SavePreset: library_handlers.save_preset,
    library_commands.SavePrompt: library_handlers.save_prompt,
    library_commands.DeleteFromLibrary: library_handlers.delete,
    library_commands.RestoreToLibrary: library_handlers.restore,
    library_commands.SearchMessages: library_handlers.search_messages,
    library_commands.ExportConversations: transfer_handlers.export,
    library_commands.RenderConversation: transfer_handlers.render,
    library_commands.PlanImport: transfer_handlers.plan_import,
    library_commands.ImportConversations: transfer_handlers.import_conversations,
    library_commands.ReadAttachment: attachment_handlers.read,
    library_commands.DropAttachment: attachment_handlers.drop,
    library_commands.ShowAttachment: attachment_handlers.show,
    library_commands.FitAttachments: attachment_handlers.fit_files,
    introspection_commands.SetInstruments: introspection_handlers.set_instruments,
    introspection_commands.LoadTrace: introspection_handlers.load_trace,
    introspection_commands.BranchAtToken: introspection_handlers.branch_at_token,
    introspection_commands.ConfirmSources: introspection_handlers.confirm_sources,
    introspection_commands.Calibrate: calibration_handlers.calibrate,
    introspection_commands.LoadCalibration: calibration_handlers.load_calibration,
    introspection_commands.MeasureMeanings: calibration_handlers.measure_meanings,
    introspection_commands.CheckInstruments: instrument_handlers.check,
    introspection_commands.ListDirections: introspection_handlers.list_directions,
    introspection_commands.MakeDirection: introspection_handlers.make_direction,
    introspection_commands.DeleteDirection: introspection_handlers.delete_direction,
    introspection_commands.Steer: introspection_handlers.steer,
    vault_commands.OpenVault: vault_handlers.open_vault,
    vault_commands.LockVault: vault_handlers.lock_vault,
    vault_commands.SetPassphrase: vault_handlers.set_passphrase,
    vault_commands.MakeRecoveryKey: vault_handlers.make_recovery_key,
    vault_commands.RotateKey: vault_handlers.rotate_key,
    vault_commands.WipeVault: vault_handlers.wipe,
    vault_commands.InspectVault: backup_handlers.inspect,
    vault_commands.BackUpVault: backup_handlers.back_up,
    vault_commands.ListBackups: backup_handlers.list_backups,
    vault_commands.ExportVault: backup_handlers.export,
    vault_commands.PlanRestore: backup_handlers.plan_restore,
    vault_commands.ApplyRestore: backup_handlers.apply_restore,
    vault_commands.VerifyVault: backup_handlers.verify,
    vault_commands.CompactVault: backup_handlers.compact,
    vault_commands.KeepDraft: vault_handlers.keep_draft,
    vault_commands.ListTrash: trash_handlers.list_trash,
    vault_commands.RestoreFromTrash: trash_handlers.restore,
    vault_commands.ForgetItems: trash_handlers.forget,
}

# Everything else waits until the vault is open, whatever its handler would do.
SERVED_WHILE_LOCKED: frozenset[type[Command]] = frozenset(
    {
        commands.ListModels,
        commands.FetchModel,
        commands.LoadModel,
        commands.UnloadModel,
        commands.ChangeSettings,
        commands.InspectEngine,
        commands.StopGeneration,
        introspection_commands.SetInstruments,
        vault_commands.OpenVault,
        vault_commands.LockVault,
        vault_commands.InspectVault,
        vault_commands.ListBackups,
        vault_commands.PlanRestore,
        vault_commands.WipeVault,
    }
)


class Engine:
    """Takes commands from any thread, conducts them on io, and reports by events.

    What goes wrong in one command ends that command, with a CommandFailed; the engine goes on.
    """

    def __init__(self, io: IoLoop, bus: EventBus, chat: turn.Chat) -> None:
        self._io = io
        self._bus = bus
        self._chat = chat
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def submit(self, command: Command) -> str:
        """See EnginePort."""
        job_id = new_id("job")
        self._io.call_soon(self._begin, job_id, command)
        return job_id

    def cancel(self, job_id: str) -> None:
        """See EnginePort."""
        self._io.call_soon(self._cancel, job_id)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """See EnginePort."""
        return self._bus.subscribe(listener)

    def _begin(self, job_id: str, command: Command) -> None:
        task = asyncio.get_running_loop().create_task(self._conduct(job_id, command))
        self._tasks[job_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job_id, None))

    def _cancel(self, job_id: str) -> None:
        if task := self._tasks.get(job_id):
            task.cancel()

    async def _conduct(self, job_id: str, command: Command) -> None:
        def publish(event: Event) -> None:
            self._bus.publish(replace(event, job_id=job_id))

        try:
            if self._chat.vault.is_closed and type(command) not in SERVED_WHILE_LOCKED:
                raise locked()
            await HANDLERS[type(command)](self._chat, command, publish)
        except asyncio.CancelledError:
            publish(CommandFailed(error=report_of(Cancelled("It was stopped."))))
        except EngineError as error:
            publish(CommandFailed(error=report_of(error)))
        except Exception as error:  # noqa: BLE001 - see below
            # A bug of ours ends its own job only; the log has the details, the screen does not.
            _log.exception("%s failed", type(command).__name__)
            publish(CommandFailed(error=report_of(error)))
        else:
            publish(CommandFinished())
