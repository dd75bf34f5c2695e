"""How loud it is, and whether there is a sound."""
