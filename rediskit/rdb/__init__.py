"""The format of snapshots and DUMP payloads. snapshot.py opens with the page that describes it."""
