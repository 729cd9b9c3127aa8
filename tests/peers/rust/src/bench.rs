//! Interleaved timing: each round runs one short batch of every row, so that noise falls on all alike.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What it takes to run one row once; false where it refused what it must accept.
type Run = Box<dyn FnMut() -> bool>;

struct Row {
    group: String,
    who: String,
    run: Run,
    batch: u32,
    samples: Vec<f64>,
}

#[derive(Default)]
pub struct Bench(Vec<Row>);

/// CPU time of this thread: what other processes take does not count.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).expect("nanoseconds below one second"))
}

fn setting(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

impl Row {
    /// Nanoseconds for each of `times` runs.
    fn time(&mut self, times: u32) -> f64 {
        let start = cpu();
        for _ in 0..times {
            assert!((self.run)(), "{} refused {}", self.who, self.group);
        }
        (cpu() - start).as_nanos() as f64 / f64::from(times)
    }
}

impl Bench {
    pub fn add(&mut self, group: &str, who: &str, run: impl FnMut() -> bool + 'static) {
        self.0.push(Row { group: group.into(), who: who.into(), run: Box::new(run), batch: 1, samples: Vec::new() });
    }

    /// One line a row: group, who, and nanoseconds a run of every batch.
    pub fn run(mut self) {
        let batch = f64::from(setting("PEERS_BATCH_US", 2000)) * 1000.0;
        for row in &mut self.0 {
            row.time(3);
            row.batch = (batch / row.time(10)).max(1.0) as u32;
        }
        for _ in 0..setting("PEERS_ROUNDS", 9) {
            for row in &mut self.0 {
                row.time(1); // brings its code and data back into the caches
                let sample = row.time(row.batch);
                row.samples.push(sample);
            }
        }
        for row in &self.0 {
            let samples: Vec<_> = row.samples.iter().map(|sample| format!("{sample:.1}")).collect();
            println!("rust/{}\t{}\t{}", row.group, row.who, samples.join(" "));
        }
    }
}
