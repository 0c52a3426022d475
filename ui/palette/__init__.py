"""Command palette: every action, setting, conversation and model, by typing.

In:      the table of actions, the described settings, book and models.
Out:     whatever the chosen line does.
Order:   palette_face -> palette_lines -> palette -> palette_model -> fuzzy.
Threads: main.
Uses:    ui.session, ui.actions, ui.widgets, ui.theme.
"""
