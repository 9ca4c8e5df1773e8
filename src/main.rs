//! Asks [`metonic::main`] for an exit code; nothing else.

fn main() -> std::process::ExitCode {
    metonic::main()
}
