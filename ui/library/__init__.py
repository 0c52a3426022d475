"""What is kept for use in many conversations: folders, presets and prompts.

In:      LibraryListed; the composer's field; the conversation on screen.
Out:     SavePreset, SavePrompt, DeleteFromLibrary, ConfigureConversation; words in the composer.
Order:   library_face -> presets_window, prompts_window, conversation_panel, prompt_completer;
         all read library_shelf.
Threads: main.
Uses:    ui.settings, ui.widgets, ui.jobs, ui.theme, engine.contract.
"""
