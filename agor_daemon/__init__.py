"""The daemon: owns the store and the agent processes, and serves the clients."""
