"""The first three screens: a model, privacy, a first question. Each can be skipped.

In:      ModelStatus, CurrentSettings, how the vault stands.
Out:     LoadModel, SetPassphrase, ChangeSettings, and words for the composer.
Order:   welcome_face -> welcome_panel -> model_step, privacy_step, question_step.
Threads: main.
Uses:    ui.vault, ui.settings, ui.widgets, ui.theme, engine.contract.
"""
