//! Work on many stacks at the same time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many stacks are looked at together: accounts do not hinder each other, and few documents have more.
const TOGETHER: usize = 8;

/// What `work` makes of each item, with its place in the list; in the order of the items.
pub(super) fn together<T: Sync, R: Send>(items: &[T], work: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            done.push((index, work(index, item)));
        }
    };
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..TOGETHER.min(items.len())).map(|_| scope.spawn(worker)).collect();
        let done = workers.into_iter().map(|worker| worker.join());
        done.flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..100).collect();
        let slower_first = |index: usize, item: &usize| {
            thread::sleep(std::time::Duration::from_micros(100 - *item as u64));
            (index, *item)
        };
        let expected: Vec<(usize, usize)> = items.iter().map(|item| (*item, *item)).collect();
        assert_eq!(together(&items, slower_first), expected);
        assert!(together(&[] as &[usize], |_, _| ()).is_empty());
    }
}
