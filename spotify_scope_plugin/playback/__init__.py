"""What is playing, and at which position: players, login, clock and the polling thread."""
