//! Chance that a replay can repeat: `xoshiro256**`, seeded through `SplitMix64`.
//!
//! The algorithm is part of the contract with old histories: never change what a seed gives.

/// A generator of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random([u64; 4]);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut mix = seed;
        Self(std::array::from_fn(|_| {
            mix = mix.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = mix;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^ (word >> 31)
        }))
    }

    pub(crate) fn word(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.0;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// A number from 0 up to, not including, 1: all 53 bits that a double holds.
    pub(crate) fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double")]
        let bits = (self.word() >> 11) as f64;
        bits / 9_007_199_254_740_992.0
    }

    /// A number from 0 up to, not including, `bound`, each as likely as the others.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let Some(last_fair) = (u64::MAX - bound).wrapping_add(1).checked_rem(bound).map(|extra| u64::MAX - extra)
        else {
            return 0;
        };
        loop {
            let word = self.word();
            if word <= last_fair {
                return word % bound;
            }
        }
    }

    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_for_ever() {
        let mut random = Random::new(42);
        assert_eq!(
            [random.word(), random.word(), random.below(6), random.below(6)],
            [1_546_998_764_402_558_742, 6_990_951_692_964_543_102, 5, 5],
        );
    }

    #[test]
    fn nothing_is_below_zero() {
        assert_eq!(Random::new(7).below(0), 0);
    }

    #[test]
    fn every_number_below_the_bound_comes_up() {
        let mut random = Random::new(7);
        let mut seen = [0_u32; 6];
        for _ in 0..6_000 {
            let number = usize::try_from(random.below(6)).unwrap();
            seen[number] += 1;
        }
        assert!(seen.iter().all(|count| (850..1150).contains(count)), "{seen:?}");
    }
}
