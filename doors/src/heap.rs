//! Free memory that the allocator keeps, for the system.

/// Gives the pages back that nothing is in; the allocator would keep them for what comes next. To be
/// called at rest: it looks at all that is free. Does nothing where the C library is not glibc.
pub fn give_memory_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        unsafe extern "C" {
            fn malloc_trim(keep: usize) -> std::ffi::c_int;
        }
        // SAFETY: glibc's function, with its signature; it may be called from any thread at any time.
        unsafe { malloc_trim(0) };
    }
}

#[cfg(test)]
mod tests {
    use super::give_memory_back;

    #[test]
    fn what_is_in_use_stays_as_it_is() {
        let kept: Vec<String> = (0..1_000).map(|number| format!("number {number}")).collect();
        drop((0..10_000).map(|number| vec![number; 100]).collect::<Vec<_>>());
        give_memory_back();
        assert!(kept.iter().enumerate().all(|(number, text)| *text == format!("number {number}")));
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn free_pages_go_back_to_the_system() {
        let resident = || {
            #[expect(clippy::disallowed_methods, reason = "what the system says of this process")]
            let status = std::fs::read_to_string("/proc/self/statm").expect("Linux tells");
            let pages: usize = status.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
            pages * 4096
        };
        // Small pieces, of which every thousandth stays: no whole end of the heap is free.
        let mut pieces: Vec<Option<Vec<u8>>> = (0..100_000).map(|_| Some(vec![1; 1_000])).collect();
        for (at, piece) in pieces.iter_mut().enumerate() {
            if at % 1_000 != 0 {
                *piece = None;
            }
        }
        let before = resident();
        give_memory_back();
        let after = resident();
        assert!(after + 50_000_000 < before, "{before} before, {after} after");
    }
}
