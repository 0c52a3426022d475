"""Sidebar: what can be done with conversations and folders, and temporary conversations.

In:      the user's choices in the list of ui.chat and in the menus.
Out:     OrganiseConversation, SaveFolder and their kin; each can be undone.
Order:   sidebar_face -> sidebar_acts; temporary_face.
Threads: main.
Uses:    ui.session, ui.chat (list, book, desk), ui.library, ui.widgets, ui.theme.
"""
