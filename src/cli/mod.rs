//! The command line: parses, asks, prints.

/// Runs the command line and gives its exit code.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
