//! The files whose code this process runs: where they lie in its memory, how to unwind their functions, and what those are
//! called.

use std::collections::HashMap;
use std::fs::File;
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

use framehop::{ExplicitModuleSectionInfo, Module};
use memmap2::Mmap;
use object::read::elf::{ElfFile64, ElfSymbol64};
use object::{Endianness, Object, ObjectSection, ObjectSegment, ObjectSymbol, SymbolKind};

/// Name of code that is in no file: what the runtime compiled and holds in memory.
const COMPILED: &str = "[compiled contract]";

/// A piece of a mapped file.
pub(super) struct Piece {
    file: Arc<Mmap>,
    range: Range<usize>,
}

impl Deref for Piece {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.file[self.range.clone()]
    }
}

/// Executable memory.
pub(super) struct Image {
    /// Where it lies.
    pub(super) memory: Range<u64>,
    /// Offset of its first byte in the file.
    pub(super) offset: u64,
    /// The file, or what the kernel calls the memory; empty without a name.
    pub(super) name: String,
    /// Memory address minus address in the file's own terms.
    bias: u64,
    file: Option<Arc<Mmap>>,
    /// Functions by their addresses.
    symbols: Vec<Symbol>,
}

/// A function of a file.
struct Symbol {
    /// Where it begins, in the file's own terms.
    start: u64,
    /// Where it ends; the next function's start where the file does not say, as of functions in assembler.
    end: u64,
    /// Where the file has its name.
    name: Range<usize>,
}

/// What a function is called.
#[derive(Clone, Debug)]
pub(super) struct Name {
    /// As in the source.
    pub(super) readable: String,
    /// As in the file; the same where there is no file.
    pub(super) raw: String,
}

impl Name {
    fn plain(name: String) -> Name {
        Name { raw: name.clone(), readable: name }
    }
}

/// All executable memory of the process, by address.
pub(super) struct Images(Vec<Image>);

impl Images {
    /// Looks at the process as it is now, and hands over what unwinding needs.
    pub(super) fn of_this_process(mut add: impl FnMut(Module<Piece>)) -> std::io::Result<Images> {
        let maps = std::fs::read_to_string("/proc/self/maps")?;
        let mut files = HashMap::new();
        let mut images = Vec::new();
        for line in maps.lines() {
            let Some(mut image) = executable(line) else { continue };
            if image.name.starts_with('/') {
                let file = files.entry(image.name.clone()).or_insert_with_key(|name| map(Path::new(name)));
                if let Some(file) = file
                    && let Some(module) = image.read(file)
                {
                    add(module);
                }
            }
            images.push(image);
        }
        Ok(Images(images))
    }

    /// Executable memory.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Image> {
        self.0.iter()
    }

    /// The place in [`Images::iter`] of the memory that holds `address`.
    pub(super) fn position(&self, address: u64) -> Option<usize> {
        let index = self.0.partition_point(|image| image.memory.end <= address);
        self.0.get(index).filter(|image| image.memory.contains(&address)).map(|_| index)
    }

    /// The function that holds `address`.
    pub(super) fn function(&self, address: u64) -> Name {
        let Some(image) = self.position(address).map(|index| &self.0[index]) else {
            return Name::plain(format!("{address:#x}"));
        };
        let own = address.wrapping_sub(image.bias);
        let index = image.symbols.partition_point(|symbol| symbol.start <= own);
        let symbol = index.checked_sub(1).map(|index| &image.symbols[index]);
        match symbol.filter(|symbol| own < symbol.end) {
            Some(symbol) => image.named(symbol),
            None if image.name.is_empty() => Name::plain(COMPILED.to_owned()),
            None => Name::plain(format!("[{}]", image.name.rsplit('/').next().unwrap_or_default())),
        }
    }
}

/// A line of `/proc/self/maps` that speaks of executable memory.
fn executable(line: &str) -> Option<Image> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let permissions = words.next()?;
    let offset = u64::from_str_radix(words.next()?, 16).ok()?;
    let name = words.nth(2).unwrap_or_default().to_owned();
    let address = |text| u64::from_str_radix(text, 16).ok();
    let memory = address(start)?..address(end)?;
    let bias = memory.start;
    permissions.contains('x').then_some(Image { memory, offset, name, bias, file: None, symbols: Vec::new() })
}

fn map(path: &Path) -> Option<Arc<Mmap>> {
    let file = File::open(path).ok()?;
    // SAFETY: the file is a program or library that runs, or a contract's code that was renamed into its place; who shortens
    // such a file breaks the process anyway.
    unsafe { Mmap::map(&file) }.ok().map(Arc::new)
}

impl Image {
    /// Reads names, and gives what unwinding needs. Nothing where the file is not an ELF file.
    fn read(&mut self, file: &Arc<Mmap>) -> Option<Module<Piece>> {
        let elf = ElfFile64::<Endianness>::parse(&file[..]).ok()?;
        let own = own_address(&elf, self.offset)?;
        self.bias = self.memory.start.wrapping_sub(own);
        self.symbols = symbols(&elf, file);
        self.file = Some(file.clone());
        let section = |name: &str| {
            let section = elf.section_by_name(name)?;
            let (start, size) = section.file_range()?;
            let start = usize::try_from(start).ok()?;
            let range = start..start.checked_add(usize::try_from(size).ok()?)?;
            file.get(range.clone())?;
            let address = section.address();
            Some((address..address.checked_add(size)?, Piece { file: file.clone(), range }))
        };
        let (eh_frame_svma, eh_frame) = section(".eh_frame").unzip();
        let (eh_frame_hdr_svma, eh_frame_hdr) = section(".eh_frame_hdr").unzip();
        let (text_svma, text) = section(".text").unzip();
        eh_frame.as_ref()?;
        let sections = ExplicitModuleSectionInfo {
            base_svma: 0,
            text_svma,
            text,
            got_svma: section(".got").map(|(addresses, _)| addresses),
            eh_frame_svma,
            eh_frame,
            eh_frame_hdr_svma,
            eh_frame_hdr,
            stubs_svma: None,
            stub_helper_svma: None,
            unwind_info: None,
            debug_frame: None,
            text_segment_svma: None,
            text_segment: None,
        };
        Some(Module::new(self.name.clone(), self.memory.clone(), self.bias, sections))
    }

    fn named(&self, symbol: &Symbol) -> Name {
        let bytes = self.file.as_ref().and_then(|file| file.get(symbol.name.clone())).unwrap_or_default();
        let raw = String::from_utf8_lossy(bytes).into_owned();
        Name { readable: format!("{:#}", rustc_demangle::demangle(&raw)), raw }
    }
}

/// The address, in the file's own terms, of what lies at `offset` in it. What the runtime compiled has sections only.
fn own_address(elf: &ElfFile64<'_>, offset: u64) -> Option<u64> {
    let within = |(start, size): (u64, u64), address: u64| {
        // Mappings begin at whole pages, segments need not.
        let first_page = start & !0xfff;
        (first_page..start.checked_add(size)?)
            .contains(&offset)
            .then(|| address.wrapping_sub(start).wrapping_add(offset))
    };
    let segment = elf.segments().filter(is_code).find_map(|it| within(it.file_range(), it.address()));
    segment.or_else(|| {
        let text = elf.section_by_name(".text")?;
        within(text.file_range()?, text.address())
    })
}

fn is_code<'data>(segment: &impl ObjectSegment<'data>) -> bool {
    segment.permissions().executable()
}

fn symbols(elf: &ElfFile64<'_>, file: &[u8]) -> Vec<Symbol> {
    let named = |symbol: ElfSymbol64<'_, '_>| {
        let name = symbol.name_bytes().ok().filter(|name| !name.is_empty())?;
        let start = name.as_ptr().addr().checked_sub(file.as_ptr().addr())?;
        if symbol.kind() != SymbolKind::Text || !symbol.is_definition() {
            return None;
        }
        let (address, size) = (symbol.address(), symbol.size());
        let end = if size == 0 { u64::MAX } else { address.saturating_add(size) };
        Some(Symbol { start: address, end, name: start..start + name.len() })
    };
    let mut symbols: Vec<Symbol> = elf.symbols().filter_map(named).collect();
    if symbols.is_empty() {
        symbols = elf.dynamic_symbols().filter_map(named).collect();
    }
    symbols.sort_unstable_by_key(|symbol| (symbol.start, symbol.end));
    symbols.dedup_by_key(|symbol| symbol.start);
    symbols
}
