"""The conversations behind the `spotify-scope` command."""
