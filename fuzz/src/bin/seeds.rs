//! Writes every decoder's real encodings into `<folder>/<decoder>/seeds`, and prints the decoders: name and longest input.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).ok_or_else(|| io::Error::other("name a folder"))?;
    for decoder in skein_fuzz::DECODERS {
        let seeds = Path::new(&folder).join(decoder.name).join("seeds");
        fs::create_dir_all(&seeds)?;
        for (number, seed) in (decoder.seeds)().into_iter().enumerate() {
            fs::write(seeds.join(number.to_string()), seed)?;
        }
        println!("{} {}", decoder.name, decoder.max_len);
    }
    Ok(())
}
