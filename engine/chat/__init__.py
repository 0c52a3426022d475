"""Chat: one turn of conversation.

In:      what the user said, from the engine's door.
Out:     events: the answer as it is written, what was cut, how the context is filled.
Order:   conversations -> turn -> answering, with history for what fits and keeping for the disk;
         active_model stands beside and owns the model.
Threads: conducts on io; counts and generates on compute.
Uses:    models, web, storage, runtime, contract.
"""
