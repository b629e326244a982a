"""Side by side with other event loops: the same servers on four engines, under the same load.

`python -m benchmarks` runs them all. `load` is the client side, `peers` are the servers, `servers` starts
them and asks what they cost, `scenarios` says what is measured, `report` prints it.
"""
