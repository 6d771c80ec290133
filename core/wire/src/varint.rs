//! Variable-size lengths (RFC 9420 §2.1.2), in their shortest form only.

/// Why bytes are not a length.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Varint {
    Cut,
    Invalid,
    NotMinimal(usize),
}

/// The value of a variable-size length and its own size in bytes.
pub(crate) fn read(bytes: &[u8]) -> Result<(usize, usize), Varint> {
    let first = *bytes.first().ok_or(Varint::Cut)?;
    let size = match first >> 6 {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => return Err(Varint::Invalid),
    };
    let tail = bytes.get(1..size).ok_or(Varint::Cut)?;
    let value = tail.iter().fold(usize::from(first & 0x3f), |value, byte| {
        value << 8 | usize::from(*byte)
    });
    let minimal = match value {
        0..=0x3f => 1,
        0x40..=0x3fff => 2,
        _ => 4,
    };
    if size != minimal {
        return Err(Varint::NotMinimal(value));
    }
    Ok((value, size))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn lengths_of_each_size_at_their_borders() {
        for (bytes, length, size) in [
            (&[0x00][..], 0, 1),
            (&[0x3f], 0x3f, 1),
            (&[0x40, 0x40], 0x40, 2),
            (&[0x7f, 0xff], 0x3fff, 2),
            (&[0x80, 0x00, 0x40, 0x00], 0x4000, 4),
            (&[0xbf, 0xff, 0xff, 0xff], 0x3fff_ffff, 4),
        ] {
            assert_eq!(read(bytes), Ok((length, size)));
            assert_eq!(read(&bytes[..size - 1]), Err(Varint::Cut));
        }
    }

    #[test]
    fn cid_5_longer_forms_of_a_length_are_refused() {
        assert_eq!(read(&[0x40, 0x3f]), Err(Varint::NotMinimal(0x3f)));
        assert_eq!(read(&[0x80, 0, 0, 0]), Err(Varint::NotMinimal(0)));
        assert_eq!(
            read(&[0x80, 0, 0x3f, 0xff]),
            Err(Varint::NotMinimal(0x3fff))
        );
        assert_eq!(read(&[0xc0, 0, 0, 0, 0, 0, 0, 1]), Err(Varint::Invalid));
    }

    /// The lengths of `rfc9420/deserialization.json` in the directory that TRELLIS_VECTORS names.
    #[test]
    fn published_length_prefixes() {
        let Some(directory) = std::env::var_os("TRELLIS_VECTORS") else {
            // Not captured, unlike eprintln.
            let skipped = b"SKIPPED published_length_prefixes: TRELLIS_VECTORS is not set\n";
            std::io::stderr().write_all(skipped).unwrap();
            return;
        };
        let path = std::path::Path::new(&directory).join("rfc9420/deserialization.json");
        let cases: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let cases = cases.as_array().unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            let header = hex::decode(case["vlbytes_header"].as_str().unwrap()).unwrap();
            let length = usize::try_from(case["length"].as_u64().unwrap()).unwrap();
            assert_eq!(read(&header), Ok((length, header.len())), "{case}");
        }
    }
}
