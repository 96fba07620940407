"""Controllers: tables of commands with their handlers. A screen is composed of several.

They see the app as a `Host`, the selection as a `Subject`, and widgets by small protocols. They are imported without
Textual: what a handler opens is imported by the handler.
"""
