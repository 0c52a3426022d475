"""Speech: reads answers aloud with the voices of this machine; off until it is switched on.

In:      Markdown of an answer.
Out:     sound, through a program of the system; nothing leaves the machine.
Order:   reader -> spoken_words -> voices.
Threads: main; the voice is a process of its own.
Uses:    PySide6, ui.text_quick.
"""
