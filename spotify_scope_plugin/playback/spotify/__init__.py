"""Spotify's Web API as a player: login, pace, budget, and the one place that knows its JSON."""
