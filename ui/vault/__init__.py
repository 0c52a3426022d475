"""Vault: unlocking, the lock screen, the privacy, storage and backup pages, and the trash.

In:      VaultDesk, filled by engine events; idleness, sleep and the screen's lock.
Out:     the commands of engine.contract.vault_commands.
Order:   vault_face -> curtain -> lock_screen -> unlock_form; the pages -> sheets -> errand.
Threads: main.
Uses:    ui.jobs, ui.current_settings, ui.settings.settings_form, ui.widgets, ui.theme.
"""
