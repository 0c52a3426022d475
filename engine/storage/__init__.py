"""Storage: everything about the user, compressed, then encrypted, on one disk.

In:      things to keep, from chat and every room above.
Out:     the same things, after a restart, a crash or a restore.
Order:   vault opens keys and database; store runs writes and reads; one file for each thing.
Threads: conducts on io; one writer thread, two reader threads.
Uses:    runtime, contract.
"""
