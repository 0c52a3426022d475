"""Runtime: threads and time.

In:      jobs and coroutines from the rooms above.
Out:     their results, and events to every listener in order.
Order:   threads -> blas -> compute, io_loop, event_bus.
Threads: makes them; each has one owner and one name (see threads.py).
Uses:    contract; mlx in compute.py only.
"""
