"""Widgets: small parts shared by pages.

In:      a theme and plain values.
Out:     signals; no widget here knows a command or an event.
Order:   none; each file stands alone, most lean on `buttons` and `labels`.
Threads: main.
Uses:    ui.theme, ui.text, PySide6.
"""
