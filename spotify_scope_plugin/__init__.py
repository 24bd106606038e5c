"""Turns the song that plays on Spotify, line by sung line, into the prompt of Daydream Scope."""

__version__ = "0.1.0"
