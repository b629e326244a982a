"""The stepper: runs a program on a reactor that stops before each callback, and shows what it is about to do.

Two processes: the program runs in the child (`__main__`, `reactor`), which sends a state at each stop and
then waits for a command. The command `step` is the parent, and shows the states (`lines`, `screen`). `wire`
is what they say to each other.
"""
