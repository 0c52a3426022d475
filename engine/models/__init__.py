"""Models: weights, tokens and forward passes.

In:      a model's name or path; later token ids.
Out:     a LoadedModel (network, tokenizer, facts), and a stream of steps from it.
Order:   registry finds it, memory checks it, loader loads it (gguf/ or mlx-lm), generator runs it.
Threads: registry and tokenizer are free; whatever imports mlx runs on the compute thread only.
Uses:    mlx, mlx_lm (inside functions), numpy, tokenizers, jinja2.
"""
