"""The endpoint on this machine: a Realtime server for trying s2s out and for testing with."""
