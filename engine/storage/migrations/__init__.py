"""Migrations: the numbered steps from each released schema to the next.

In:      a database of any earlier version.
Out:     the same content in the latest schema; a newer file is refused untouched.
Order:   upgrade runs the steps; one file for each step.
Threads: store.
Uses:    contract.
"""
