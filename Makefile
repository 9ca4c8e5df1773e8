# `make run` shows an order workflow on a real Temporal server; `make test` runs every test.
