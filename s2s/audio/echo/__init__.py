"""What the microphone hears of the speaker: taken out of it, measured, judged."""
