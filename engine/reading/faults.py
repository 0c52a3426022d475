"""Why a file cannot be read, in one plain sentence each."""

from __future__ import annotations

from engine.contract.attachments import AttachmentKind
from engine.contract.errors import UnreadableFileError
from engine.reading.parts import Fault

_SENTENCES = {
    Fault.EMPTY: "This file is empty. It was not attached.",
    Fault.BINARY: "This file is a program or other data without text. It was not attached.",
    Fault.ENCRYPTED: "This file is locked with a password. It was not attached.",
    Fault.OLD_OFFICE: "This is a file of an old Office, before 2007. It was not attached.",
    Fault.PACKED: "This is an archive of other files. It was not attached.",
    Fault.SOUND_OR_FILM: "Sound and film cannot be read yet. The file was not attached.",
    Fault.DAMAGED: "This file is damaged or cut off. It was not attached.",
    Fault.BOMB: "This file would unfold to more than any real one. It was not read further.",
    Fault.NO_TEXT: "No text was found in this file. It was not attached.",
    Fault.NO_OCR: "Text in pictures cannot be read on this machine. The file was not attached.",
    Fault.PICTURE_TOO_LARGE: "This picture has too many points to be read. It was not attached.",
    Fault.UNKNOWN_PICTURE: "Pictures of this kind cannot be read. It was not attached.",
    Fault.MEMORY: "Reading this file takes too much memory. It was stopped and not attached.",
    Fault.TIME: "Reading this file takes too long. It was stopped and not attached.",
    Fault.CRASH: "This file made its reader fail. It was not attached; nothing else was harmed.",
}
_ACTIONS = {
    Fault.ENCRYPTED: "Save a copy without a password and attach that.",
    Fault.OLD_OFFICE: "Save it in today's format and attach that.",
    Fault.PACKED: "Unpack it and attach the files in it.",
    Fault.PICTURE_TOO_LARGE: "Attach a smaller copy.",
    Fault.UNKNOWN_PICTURE: "Save it as PNG or JPEG and attach that.",
}
_NO_WORDS = "No text was found in this picture, and this app reads pictures only as text."


def error_of(fault: Fault, kind: AttachmentKind | None) -> UnreadableFileError:
    """The error for a file of this kind; None if it was not known."""
    is_wordless = fault is Fault.NO_TEXT and kind is AttachmentKind.IMAGE
    sentence = _NO_WORDS if is_wordless else _SENTENCES[fault]
    return UnreadableFileError(sentence, action=_ACTIONS.get(fault, ""))
