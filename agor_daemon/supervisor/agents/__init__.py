"""The agent's process and the protocol that it speaks: started, connected, prompted, ended."""
