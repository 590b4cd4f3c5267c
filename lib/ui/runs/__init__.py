"""Runs: active, queued and past runs."""
