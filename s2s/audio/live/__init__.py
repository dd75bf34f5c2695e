"""Live sound: what is queued to be heard, and rates that change on the way."""
