"""Retrieval: a question to evidence.

In:      vectors and questions, from chat and knowledge.
Out:     what is nearest, with spans that point into stored documents.
Order:   embeddings in storage -> vector index in memory.
Threads: conducts on io; the index is filled on a thread of its own.
Uses:    storage, contract.
"""
