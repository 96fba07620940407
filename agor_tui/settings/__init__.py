"""The config file as people see it: keys, values, what they mean, and edits that keep its comments."""
