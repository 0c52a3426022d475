"""Retrieval: a question's vector to the things nearest to it.

In:      vectors from storage after unlock, and new ones as they are made.
Out:     identifiers with scores.
Order:   index_keeper fills quantised_index at once and chroma_process behind it; both are a
         vector_index. chroma_process speaks chroma_messages with chroma_child, the process in
         which chroma_index lies. exact_index is what they are measured against.
Threads: conducts on io; index work on worker threads; indexes may be used from any thread.
Uses:    faiss, chromadb (inside functions), numpy, storage, contract.
"""
