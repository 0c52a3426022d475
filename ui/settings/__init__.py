"""Settings: a window whose rows are made from the descriptions in the contract; About.

In:      CurrentSettings.
Out:     ChangeSettings, at once, one for each change.
Order:   settings_window -> settings_form -> setting_fields.
Threads: main.
Uses:    ui.current_settings, ui.widgets, ui.theme, engine.contract.
"""
