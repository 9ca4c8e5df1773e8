//! Requests to end, scopes and shields.
