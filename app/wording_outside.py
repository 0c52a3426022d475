"""What is said where the system does not give us keys, notices or a start at login."""

from __future__ import annotations

KEYS_UNKNOWN = "This keyboard has no such keys. Choose others."
KEYS_TAKEN = "Another app has these keys already. Choose others."
NO_X11 = "The screen's server could not be asked for these keys. Use the menu-bar icon instead."
NO_PORTAL = (
    "This desktop lets no app have keys of its own. Bind them in the system's keyboard settings to "
    "the command: python -m app quick"
)
PORTAL_REFUSED = "The desktop did not give these keys. Look into its keyboard settings."
PORTAL_WAITS = "The desktop asks you whether the app may have these keys."
ONLY_IN_X_APPS = (
    "On this desktop the keys are heard only while an app of the older kind (X11) is in front."
)
NO_LOGIN_FOLDER = "The folder of what starts at login could not be written."
ONLY_IN_BUNDLE = "This works in the app itself, not when it is run from its source."
LOGIN_NEEDS_LEAVE = "Allow it in System Settings, under General, Login Items."
LOGIN_REFUSED = "The system did not take it. Look into its login items."
