//! How code changes under runs that go on.
