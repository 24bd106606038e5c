"""Players on this computer: Spotify's own app, a browser, VLC, whatever tells the system what it plays.

A further system is one file with a `LocalListener`, and one line in `system.py`.
"""
