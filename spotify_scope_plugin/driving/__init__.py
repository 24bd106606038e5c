"""Driving a Scope from outside, over its API: no plugin is installed there."""
