//! Brings the running services in line with a registry.
