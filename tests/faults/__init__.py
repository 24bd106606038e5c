"""Every fault that the plugin must survive, against the real pipeline at thirty frames a second.

`catalogue` says what can go wrong, `rig` lets it go wrong in a process of its own and measures, and
`python -m tests.faults` prints the table.
"""
