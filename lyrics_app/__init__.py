"""The lyrics page: sing along on a second screen."""
