"""Web: the only room that talks to the internet.

In:      addresses and what is expected behind them (length, sha256), from whoever conducts.
Out:     checked files in the user's folders, and progress as plain values.
Order:   `door` makes every connection; `part_file` keeps what has come; `downloads` brings one
         file home; `package_index`, `pypi` and `hub` know where files are; `model_fetch` is the
         one function the engine calls.
Threads: io. Everything that waits is `async def`; one event loop per Door.
Uses:    httpx2, imported by `door` and `replies` alone.
"""
