//! Times and how they compare.

use std::{fmt, time::Duration};

/// One step's times on both sides.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// What the step is.
    pub name: &'static str,
    /// Through Trellis.
    pub trellis: Vec<Duration>,
    /// On stock OpenMLS.
    pub stock: Vec<Duration>,
}

impl Row {
    /// How often Trellis takes the time of stock OpenMLS, by medians.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        millis(&self.trellis) / millis(&self.stock)
    }
}

/// All steps at one group size. It displays as a Markdown table.
#[derive(Clone, Debug)]
pub struct Table {
    /// How many members the group has.
    pub members: usize,
    /// The steps.
    pub rows: Vec<Row>,
}

impl Table {
    pub(crate) fn new(members: usize) -> Self {
        let rows = Vec::new();
        Self { members, rows }
    }

    pub(crate) fn trellis(&mut self, times: &[(&'static str, Duration)]) {
        for (name, time) in times {
            self.row(name).trellis.push(*time);
        }
    }

    pub(crate) fn stock(&mut self, times: &[(&'static str, Duration)]) {
        for (name, time) in times {
            self.row(name).stock.push(*time);
        }
    }

    fn row(&mut self, name: &'static str) -> &mut Row {
        let found = self.rows.iter().position(|row| row.name == name);
        let index = found.unwrap_or_else(|| {
            let (trellis, stock) = Default::default();
            self.rows.push(Row {
                name,
                trellis,
                stock,
            });
            self.rows.len() - 1
        });
        self.rows.get_mut(index).unwrap()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = format!("N = {}", self.members);
        writeln!(f, "| {title:<25} | Trellis ms | stock ms | ratio |")?;
        writeln!(
            f,
            "|---------------------------|-----------:|---------:|------:|"
        )?;
        for row in &self.rows {
            let Row {
                name,
                trellis,
                stock,
            } = row;
            let (trellis, stock, ratio) = (millis(trellis), millis(stock), row.ratio());
            writeln!(
                f,
                "| {name:<25} | {trellis:>10.3} | {stock:>8.3} | {ratio:>5.2} |"
            )?;
        }
        Ok(())
    }
}

/// The median, in milliseconds.
fn millis(times: &[Duration]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    median.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_that_of_the_medians() {
        let times = |millis: &[u64]| millis.iter().map(|m| Duration::from_millis(*m)).collect();
        let row = Row {
            name: "step",
            trellis: times(&[900, 3, 2]),
            stock: times(&[1, 2, 100]),
        };
        assert!((row.ratio() - 1.5).abs() < 1e-9);
    }
}
