"""Commands: what a person can do and where; each is a key, a label in the footer, a palette entry and help in one."""
