"""Introspection: what was measured in the model, shown while it works and after.

In:      events of measuring, through MeasuringDesk; what the user points at.
Out:     SetInstruments, LoadTrace, BranchAtToken and what the views ask for.
Order:   introspection_face -> introspection_panel -> tabs -> views -> panel_view -> measuring_desk
         -> measured. pulse_feed and doubt show measurements in the chat itself.
Threads: main.
Uses:    ui.chat, ui.bridge, ui.jobs, ui.theme, ui.widgets, engine.contract.
"""
