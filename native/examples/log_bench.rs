//! Figures of the log on this machine, as one JSON object. `cargo run --release --example log_bench [FOLDER]`
//!
//! Raw baselines write the same bytes to a file that was allocated ahead, as a segment is: the stronger opponent.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use claw_native::log::disk::{DiskFile, RealDisk};
use claw_native::log::fork::fork;
use claw_native::log::random::{new_session_id, uuid_text};
use claw_native::log::{Options, Reader, Record, Writer};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

struct Bench {
    folder: PathBuf,
    figures: Vec<(&'static str, f64)>,
}

const PAYLOAD: [u8; 4096] = [0x61; 4096];

fn record(kind: &'static str, length: usize) -> Record<'static> {
    Record { kind, version: 1, ts: 1, agent: 0, cause: Some(0), flags: 0, payload: &PAYLOAD[..length] }
}

fn per_second(count: usize, work: impl FnOnce() -> Outcome<()>) -> Outcome<f64> {
    let start = Instant::now();
    work()?;
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

impl Bench {
    fn note(&mut self, name: &'static str, value: f64) {
        eprintln!("{name:40} {value:>14.2}");
        self.figures.push((name, value));
    }

    fn new_log(&self) -> Outcome<(PathBuf, Writer)> {
        let session = new_session_id(0)?;
        let path = self.folder.join(uuid_text(&session));
        let writer = Writer::create(RealDisk, &path, session, Options::default())?;
        Ok((path, writer))
    }

    /// One write and one fdatasync of `length` bytes, again and again.
    fn raw(&self, length: usize, count: usize) -> Outcome<f64> {
        let path = self.folder.join("raw");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path)?;
        file.allocate(16 << 20)?;
        file.sync_all()?;
        let rate = per_second(count, || {
            for index in 0..count {
                file.write_all_at(&PAYLOAD[..length], (index * length) as u64)?;
                file.sync_data()?;
            }
            Ok(())
        });
        fs::remove_file(&path)?;
        rate
    }

    /// Durable steps against raw syncs, in turns, so that both meet the same disk.
    fn durable(&mut self) -> Outcome<()> {
        let (mut steps, mut raws, mut blocks) = (Vec::new(), Vec::new(), Vec::new());
        let (mut step_ratios, mut block_ratios) = (Vec::new(), Vec::new());
        for _ in 0..15 {
            let (path, writer) = self.new_log()?;
            let step = [record("tool.started", 256)];
            let many = [record("model.chunk", 256); 64];
            let raw = self.raw(512, 200)?;
            let append = |records: &[Record<'_>]| Ok(writer.append(records, true, 0).map(|_| ())?);
            let step = per_second(200, || (0..200).try_for_each(|_| append(&step)))?;
            let again = self.raw(512, 200)?;
            let block = per_second(100 * 64, || (0..100).try_for_each(|_| append(&many)))?;
            writer.close()?;
            fs::remove_dir_all(path)?;
            step_ratios.push(2.0 * step / (raw + again));
            block_ratios.push(block / again);
            raws.extend([raw, again]);
            steps.push(step);
            blocks.push(block);
        }
        let (steps, raws, blocks) = (median(steps), median(raws), median(blocks));
        self.note("raw_512_byte_sync_per_s", raws);
        self.note("durable_256_byte_step_per_s", steps);
        self.note("durable_step_over_raw", median(step_ratios));
        self.note("records_in_durable_blocks_of_64_per_s", blocks);
        self.note("block_of_64_over_raw", median(block_ratios));
        Ok(())
    }

    fn lazy(&mut self) -> Outcome<PathBuf> {
        let chunk = record("model.chunk", 128);
        let (mut single, mut batched) = (Vec::new(), Vec::new());
        let mut path = PathBuf::new();
        for _ in 0..5 {
            let (log, writer) = self.new_log()?;
            single.push(per_second(400_000, || {
                (0..400_000).try_for_each(|_| Ok(writer.append_one(&chunk).map(|_| ())?))
            })?);
            writer.close()?;
            fs::remove_dir_all(log)?;
            let (log, writer) = self.new_log()?;
            let batch = [chunk; 64];
            batched.push(per_second(15_625 * 64, || {
                (0..15_625).try_for_each(|_| Ok(writer.append(&batch, false, 0).map(|_| ())?))
            })?);
            writer.close()?;
            if path.exists() {
                fs::remove_dir_all(&path)?;
            }
            path = log;
        }
        self.note("lazy_128_byte_appends_per_s", median(single));
        self.note("lazy_records_in_batches_of_64_per_s", median(batched));
        Ok(path)
    }

    fn read(&mut self, path: &Path) -> Outcome<()> {
        let mut reader = Reader::open(RealDisk, path)?;
        let records = reader.refresh()?.0 as usize;
        let (mut verify, mut scan, mut all) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..5 {
            verify.push(per_second(records, || {
                let found = reader.verify();
                if found.ok && found.records as usize == records {
                    Ok(())
                } else {
                    Err("the log does not verify".into())
                }
            })?);
            scan.push(per_second(records, || {
                let wanted = |kind: &[u8]| kind == b"tool.finished";
                let batch = reader.read_kinds(0, None, &wanted, &|record| wanted(record.kind()), usize::MAX)?;
                if batch.next_seq as usize == records { Ok(()) } else { Err("the scan ended early".into()) }
            })?);
            all.push(per_second(records, || {
                let mut next = 0;
                while next < records as u64 {
                    next = reader.read(next, None, &|_| true, 65536)?.next_seq;
                }
                Ok(())
            })?);
        }
        self.note("verify_128_byte_records_per_s", median(verify));
        self.note("scan_with_kind_filter_records_per_s", median(scan));
        self.note("read_records_per_s", median(all));
        Ok(())
    }

    /// Opening and forking must not depend on what is in the log.
    fn constant(&mut self, long: &Path) -> Outcome<()> {
        let (short, writer) = self.new_log()?;
        for _ in 0..100 {
            writer.append_one(&record("model.chunk", 128))?;
        }
        writer.close()?;
        for (path, names) in [
            (short.as_path(), ["open_100_events_ms", "fork_100_events_ms", "fork_100_events_bytes"]),
            (long, ["open_1000000_events_ms", "fork_1000000_events_ms", "fork_1000000_events_bytes"]),
        ] {
            let (mut opens, mut forks, mut bytes) = (Vec::new(), Vec::new(), 0);
            for _ in 0..9 {
                let start = Instant::now();
                let writer = Writer::open(RealDisk, path, Options::default())?;
                opens.push(ms(start.elapsed()));
                let tip = writer.next_seq() - 1;
                writer.close()?;
                let session = new_session_id(0)?;
                let child = self.folder.join(uuid_text(&session));
                let start = Instant::now();
                let writer = fork(RealDisk, &child, session, path, tip, Options::default())?;
                forks.push(ms(start.elapsed()));
                writer.close()?;
                bytes = fs::metadata(child.join("00000001.seg"))?.len();
                fs::remove_dir_all(child)?;
            }
            self.note(names[0], median(opens));
            self.note(names[1], median(forks));
            self.note(names[2], bytes as f64);
        }
        Ok(())
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn main() -> Outcome<()> {
    let above = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = above.join(format!("claw-log-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let mut bench = Bench { folder: folder.clone(), figures: Vec::new() };
    let ran = bench.durable().and_then(|()| {
        let long = bench.lazy()?;
        bench.read(&long)?;
        bench.constant(&long)
    });
    fs::remove_dir_all(&folder)?;
    ran?;
    let figures: Vec<String> = bench.figures.iter().map(|(name, value)| format!("  \"{name}\": {value:.3}")).collect();
    println!("{{\n{}\n}}", figures.join(",\n"));
    Ok(())
}
