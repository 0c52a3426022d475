"""Transfer: conversations into files that people and other programs read, and back from theirs.

In:      conversations; export files of ours, ChatGPT, Claude, Jan, LM Studio and Open WebUI.
Out:     Markdown, HTML and JSON; conversations found in files, with their branches.
Order:   sources reads a file through the reader of its kind; planting makes trees of what it found.
Threads: all of it works beside io, called by importing.py and exporting.py, which conduct.
Uses:    markdown_it for HTML.
"""
