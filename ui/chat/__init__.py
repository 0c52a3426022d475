"""Chat: the conversation and everything one does in it.

In:      ConversationBook, filled by engine events; what the user types.
Out:     SendMessage, StopGeneration, MeasureContext and the commands on conversations.
Order:   chat_page -> message_view -> message_delegate -> message_layout -> message_parts
         -> document_writer -> markdown.
Threads: main.
Uses:    ui.bridge, ui.jobs, ui.theme, ui.widgets, engine.contract.
"""
