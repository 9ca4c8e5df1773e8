//! A small map whose keys are given out in rising order, as numbers of requests are.
//!
//! A tree keeps room for eleven entries in its first leaf; most runs have one or two coroutines and
//! requests, and there are thousands of runs in memory. A sorted queue keeps what it has, adds at
//! the end, and is quick to take from the front, which is where most answers belong.

use std::collections::VecDeque;

/// Entries sorted by key.
#[derive(Clone, Debug)]
pub(crate) struct Rising<K, V>(VecDeque<(K, V)>);

impl<K, V> Default for Rising<K, V> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<K: Ord + Copy, V> Rising<K, V> {
    /// Adds an entry; the key is larger than all others, or takes the place of its like.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        match self.0.back() {
            Some((last, _)) if *last >= key => match self.find(key) {
                Ok(at) => self.0[at].1 = value,
                Err(at) => self.0.insert(at, (key, value)),
            },
            _ => {
                // Doubling would keep room that most never need.
                if self.0.len() < 4 {
                    self.0.reserve_exact(1);
                }
                self.0.push_back((key, value));
            }
        }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.find(*key).ok().map(|at| &self.0[at].1)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.find(*key).ok().map(|at| &mut self.0[at].1)
    }

    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.find(*key).is_ok()
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let (_, value) = self.find(*key).ok().and_then(|at| self.0.remove(at))?;
        Some(value)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    fn find(&self, key: K) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| own.cmp(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::Rising;

    #[test]
    fn entries_are_found_by_key_and_seen_in_order() {
        let mut map = Rising::default();
        for key in [1, 5, 9, 3, 5] {
            map.insert(key, key * 10);
        }
        assert_eq!(map.iter().collect::<Vec<_>>(), [(&1, &10), (&3, &30), (&5, &50), (&9, &90)]);
        assert_eq!((map.remove(&5), map.remove(&5), map.get(&9), map.len()), (Some(50), None, Some(&90), 3));
        *map.get_mut(&1).unwrap() += 1;
        assert_eq!((map.get(&1), map.contains_key(&3), map.contains_key(&5)), (Some(&11), true, false));
    }
}
