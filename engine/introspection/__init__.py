"""Introspection: measures the model while it works.

In:      the passes of an answer, from models; stored answers, from chat.
Out:     TokenSignals, TurnSignals, calibrated confidence, directions; plain values.
Order:   probe -> row_summary + logit_lens + attention -> recorder -> turn_signals -> calibrator.
Threads: compute for what touches mlx; scoring and calibration run anywhere.
Uses:    models, storage, contract.
"""
