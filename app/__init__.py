"""App: composes engine, windows and the terminal faces; nobody imports this room.

In:      the command line, the environment, the settings file.
Out:     a window, a conversation in the terminal, or one answer; and an exit code.
Order:   arguments -> paths -> logging_setup -> crash -> settings_store -> engine -> a face.
Threads: runs on main; the engine's threads are reached through its port only.
Uses:    engine.contract, ui; engine.assembly in main.py only.
"""
