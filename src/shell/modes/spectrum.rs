//! `--latency-dist`: latencies as a line of coloured letters each second, darker where there are more.
//!
//! ```text
//! .-*#123456789ABCDE...?      one letter per class of latency, its background the share of samples
//! ```

use std::time::Duration;

use super::{Context, Step};
use crate::clock::Stopwatch;
use crate::ui::Exit;

const EVERY: Duration = Duration::from_millis(10);
const WINDOW: Duration = Duration::from_secs(1);
/// Lines between two legends.
const LINES_PER_LEGEND: u64 = 20;

/// The classes: the longest time that belongs, in microseconds, and its letter. The last takes the rest.
const CLASSES: &[(u128, char)] = &[
    (10, '.'),
    (125, '-'),
    (250, '*'),
    (500, '#'),
    (1000, '1'),
    (2000, '2'),
    (3000, '3'),
    (4000, '4'),
    (5000, '5'),
    (6000, '6'),
    (7000, '7'),
    (8000, '8'),
    (9000, '9'),
    (10_000, 'A'),
    (20_000, 'B'),
    (30_000, 'C'),
    (40_000, 'D'),
    (50_000, 'E'),
    (100_000, 'F'),
    (200_000, 'G'),
    (300_000, 'H'),
    (400_000, 'I'),
    (500_000, 'J'),
    (1_000_000, 'K'),
    (2_000_000, 'L'),
    (4_000_000, 'M'),
    (8_000_000, 'N'),
    (16_000_000, 'O'),
    (30_000_000, 'P'),
    (60_000_000, 'Q'),
    (u128::MAX, '?'),
];

const COLOURS: &[u8] =
    &[0, 233, 234, 235, 237, 239, 241, 243, 245, 247, 144, 143, 142, 184, 226, 214, 208, 202, 196];
const GREYS: &[u8] = &[0, 233, 234, 235, 237, 239, 241, 243, 245, 247, 249, 251, 253];

/// Shows latencies until the process is stopped.
pub async fn run(context: &mut Context<'_>) -> Step<Exit> {
    let palette = if context.modes().mono { GREYS } else { COLOURS };
    let window = context.interval_or(WINDOW);
    let mut begun = Stopwatch::start();
    let mut counts = vec![0u64; CLASSES.len()];
    let mut lines = 0;
    loop {
        let start = Stopwatch::start();
        context.ask_for_ever(&["PING"]).await?;
        counts[class(start.elapsed())] += 1;
        if begun.elapsed() > window {
            if lines % LINES_PER_LEGEND == 0 {
                context.print(&legend(palette))?;
            }
            context.print(&line(&counts, palette))?;
            lines += 1;
            counts.fill(0);
            begun = Stopwatch::start();
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn class(time: Duration) -> usize {
    CLASSES.iter().position(|class| time.as_micros() <= class.0).unwrap_or(CLASSES.len() - 1)
}

fn line(counts: &[u64], palette: &[u8]) -> String {
    let total = counts.iter().sum::<u64>().max(1) as f64;
    let mut text = "\x1b[38;5;0m".to_owned();
    for (count, class) in counts.iter().zip(CLASSES) {
        let shade = (*count as f64 / total * (palette.len() - 1) as f64).ceil();
        text.push_str(&format!("\x1b[48;5;{}m{}", palette[shade as usize], class.1));
    }
    text + "\x1b[0m\n"
}

fn legend(palette: &[u8]) -> String {
    const RULE: &str = "---------------------------------------------\n";
    let shades: String = palette.iter().map(|colour| format!("\x1b[48;5;{colour}m ")).collect();
    format!(
        "{RULE}\
         . - * #          .01 .125 .25 .5 milliseconds\n\
         1,2,3,...,9      from 1 to 9     milliseconds\n\
         A,B,C,D,E        10,20,30,40,50  milliseconds\n\
         F,G,H,I,J        .1,.2,.3,.4,.5       seconds\n\
         K,L,M,N,O,P,Q,?  1,2,4,8,16,30,60,>60 seconds\n\
         From 0 to 100%: {shades}\x1b[0m\n{RULE}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_shades() {
        assert_eq!(CLASSES[class(Duration::from_micros(1500))].1, '2');
        assert_eq!(CLASSES[class(Duration::from_secs(100))].1, '?');
        let mut counts = vec![0; CLASSES.len()];
        counts[1] = 3;
        let line = line(&counts, GREYS);
        assert!(line.starts_with("\x1b[38;5;0m\x1b[48;5;0m.\x1b[48;5;253m-\x1b[48;5;0m*"), "{line:?}");
    }
}
