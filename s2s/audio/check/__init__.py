"""Are a microphone and a speaker of use, and why not."""
