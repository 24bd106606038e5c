"""A stand-in for Scope's plugin interface, written from its documented behaviour."""
