//! Times and how they compare.

use std::{fmt, time::Duration};

/// One step's times on both sides.
#[derive(Clone, Debug)]
pub struct Row {
    /// What the step is.
    pub name: &'static str,
    /// Through Trellis.
    pub trellis: Vec<Duration>,
    /// On stock OpenMLS.
    pub stock: Vec<Duration>,
}

impl Row {
    /// How often Trellis takes the time of stock OpenMLS: the median over the rounds, so that what
    /// else the machine is busy with falls out.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        let pairs = self.trellis.iter().zip(&self.stock);
        let ratios = pairs.map(|(trellis, stock)| trellis.as_secs_f64() / stock.as_secs_f64());
        median(ratios.collect())
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
        let index = found.unwrap_or(self.rows.len());
        if found.is_none() {
            self.rows.push(Row {
                name,
                trellis: Vec::new(),
                stock: Vec::new(),
            });
        }
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
    median(times.iter().map(Duration::as_secs_f64).collect()) * 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_the_median_over_the_rounds() {
        let times = |millis: &[u64]| millis.iter().map(|m| Duration::from_millis(*m)).collect();
        let row = Row {
            name: "step",
            trellis: times(&[300, 3, 20]),
            stock: times(&[200, 2, 1]),
        };
        assert!((row.ratio() - 1.5).abs() < 1e-9);
    }
}
