"""Landing: a session's work brought into a branch, taken back, or offered as a pull request."""
