"""The daemon: owns the store and the agent processes, and answers its clients."""
