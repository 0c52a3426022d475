"""Search: over everything that was written, and within the conversation on screen.

In:      MessagesFound of the engine; the messages on screen.
Out:     SearchMessages, ShowVersion; marks in the messages, and the way to them.
Order:   search_face -> search_page -> search_desk, results_model; find_bar -> finder -> matcher.
Threads: main.
Uses:    ui.session, ui.chat (the view and its layouts), ui.widgets, ui.theme.
"""
