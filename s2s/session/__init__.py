"""One inbox, one loop: facts go to the rules, what the rules order is carried out."""
