"""The rules: facts go in, orders come out. No input or output, no clock, no threads."""
