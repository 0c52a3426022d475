"""The keys: what each does now, changing one, and refusing two that clash.

In:      ui.actions.ITEMS, the one list of acts with their usual keys.
Out:     InterfaceSettings.shortcuts, each as action=keys; the menu's keys, at once.
Order:   key_map -> key_binder; key_field asks for keys.
Threads: main.
Uses:    ui.actions, ui.current_settings, ui.theme, engine.contract.
"""
