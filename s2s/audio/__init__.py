"""The sound: audio files in and out, rates, devices."""
