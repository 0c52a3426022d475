"""GGUF: llama.cpp's model files, read straight into mlx.

In:      the path of a .gguf file.
Out:     mlx-lm configuration and weights, and the tokenizer that the file describes.
Order:   reader maps the file, architecture names the weights, quantised and dequantise turn
         blocks into arrays, network puts them together; tokenizer stands beside.
Threads: reader and tokenizer are free; quantised and network import mlx: compute thread only.
Uses:    numpy, tokenizers, mlx, mlx_lm (inside functions).
"""
