"""OpenHands: trajectories and evaluation output of V0, logs of single calls, and the events of V1."""
