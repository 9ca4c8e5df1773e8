//! Coroutines and what they do together.
