"""The Scope node "Spotify Prompt", for Scope 0.2.4 and newer. Only `node` needs the host."""
