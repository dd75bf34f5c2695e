"""What the commands and programs do: composed of the boxes below, without screen or exit status."""
