"""What keeps the plugin from working: findings, in the order in which things depend on each other.

`report` is what a finding is; each other module looks at one side of the installation, and never raises.
"""
