"""What goes out now, and when: shared by all that send prompts to Scope.

The preprocessor, the node, the driver and the demo differ only in how they deliver what is decided here.
"""
