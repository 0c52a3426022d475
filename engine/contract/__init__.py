"""Contract: the words everyone may use.

In:      nothing.
Out:     commands, events, errors, settings and plain values, for every face and every room.
Order:   none; each file stands alone or leans on `messages`, `model_cards` and `settings`.
Threads: free; everything here is frozen and plain, so it may cross any thread.
Uses:    the standard library only.
"""
