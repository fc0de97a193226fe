/// A line of the list that goes into the file.
pub struct Declaration {
    /// Such as `submit CreateAsset(id: String)`.
    pub function: &'static str,
    /// The [type](crate::Response::TYPE) of what it returns.
    pub returns: &'static str,
}

/// Stands between a function and what it returns.
const RETURNS: &str = " -> ";

impl Declaration {
    /// Bytes of the lines.
    pub const fn bytes(list: &[Self]) -> usize {
        Self::write(list, &mut [])
    }

    /// The lines, each with its end; `N` is their [number of bytes](Self::bytes).
    pub const fn lines<const N: usize>(list: &[Self]) -> [u8; N] {
        let mut lines = [0; N];
        Self::write(list, &mut lines);
        lines
    }

    /// The same as text.
    pub fn text(list: &[Self]) -> String {
        let mut text = vec![0; Self::bytes(list)];
        Self::write(list, &mut text);
        String::from_utf8(text).unwrap_or_default()
    }

    /// Writes as much as fits and returns how many bytes there are.
    const fn write(list: &[Self], to: &mut [u8]) -> usize {
        let (mut end, mut at) = (0, 0);
        while at < list.len() {
            let Self { function, returns } = &list[at];
            end = append(to, end, function);
            if !returns.is_empty() {
                end = append(to, end, RETURNS);
                end = append(to, end, returns);
            }
            end = append(to, end, "\n");
            at += 1;
        }
        end
    }
}

const fn append(to: &mut [u8], mut end: usize, text: &str) -> usize {
    let text = text.as_bytes();
    let mut at = 0;
    while at < text.len() {
        if !is_spare(text, at) {
            if end < to.len() {
                to[end] = text[at];
            }
            end += 1;
        }
        at += 1;
    }
    end
}

/// The compiler may write `Vec<u8>` with blanks.
const fn is_spare(text: &[u8], at: usize) -> bool {
    let is_inside = at > 0 && at + 1 < text.len();
    text[at] == b' ' && is_inside && (text[at - 1] == b'<' || text[at + 1] == b'<' || text[at + 1] == b'>')
}
