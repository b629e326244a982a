"""Compares our reactor with other event loops: the same servers on four engines, under the same load.

`python -m benchmarks` runs all of it. `load` is the client side, `peers` has the servers, `servers` starts
them and reads their processor time, `scenarios` defines the measurements, `report` prints the tables.
"""
