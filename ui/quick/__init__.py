"""Quick: a question from anywhere, the icon it is asked from, notices, and how the app starts.

In:      keys, clicks on the icon, engine events; what the system offers, as `outside` names it.
Out:     commands for a temporary conversation; notices, the badge, the entry at login.
Order:   quick_face -> quick_panel -> quick_talk -> outside; tray, notices and quick_page beside.
Threads: main.
Uses:    ui.session, ui.chat's message view, ui.speech, ui.settings.page, ui.widgets, ui.theme.
"""
