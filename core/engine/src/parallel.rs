//! The same question asked of many, on all processors: verdicts are pure, so who is asked when makes no
//! difference.

use std::{num::NonZero, panic, thread};

/// So few are asked one after the other.
const FEW: usize = 32;

/// The answers, in the order of the questions.
pub(crate) fn each<T: Sync, R: Send>(all: &[T], ask: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    if all.len() < FEW || threads == 1 {
        return all.iter().map(ask).collect();
    }
    let ask = |part: &[T]| -> Vec<R> { part.iter().map(&ask).collect() };
    let ask = &ask;
    thread::scope(|scope| {
        let parts = all.chunks(all.len().div_ceil(threads)).map(|part| {
            let asked = thread::Builder::new().spawn_scoped(scope, move || ask(part));
            (part, asked)
        });
        let parts: Vec<_> = parts.collect();
        let answers = parts.into_iter().flat_map(|(part, asked)| match asked {
            Ok(asked) => asked.join().unwrap_or_else(|why| panic::resume_unwind(why)),
            Err(_) => ask(part), // no thread to be had
        });
        answers.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_stand_in_the_order_of_the_questions() {
        for count in [0, 1, FEW - 1, FEW, FEW + 1, 1000] {
            let all: Vec<usize> = (0..count).collect();
            let doubled: Vec<_> = all.iter().map(|n| n * 2).collect();
            assert_eq!(each(&all, |n| n * 2), doubled);
        }
    }
}
