"""Reading: a file of any usual kind to its plain text.

In:      a path or pasted bytes, from chat.
Out:     the text in parts (pages, slides, sheets, chapters), and what kind of file it is.
Order:   files (bytes) -> reader (starts a child process) -> child -> kinds -> one reader a kind.
Threads: conducts on io; files are parsed in a child process, which may be killed at any moment.
Uses:    contract.
"""
