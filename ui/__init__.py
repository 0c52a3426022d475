"""What the user sees: the window, its pages and its words.

In:      engine events, through `bridge`.
Out:     engine commands, through `bridge`.
Order:   app_shell -> main_window -> chat, settings, widgets -> theme, icons, text.
Threads: main only; `bridge` is where events cross over to it.
Uses:    engine.contract and PySide6, nothing else.
"""
