//! Compiled code on disk.
//!
//! Loading compiled code means running it, so a file counts only with the right message authentication code, made with a key that
//! never leaves the directory. The directory and its files are the peer's user's alone. Whatever does not fit is compiled again.
//!
//! A file is named after the contract's hash and the digest of everything the code depends on: engine version and settings,
//! metering schedule, gate, loaders and contract world. It holds `code, magic, contract hash, settings digest, nonce, MAC of all that
//! before the nonce`. The code is first because the file is mapped, which needs no copy of it. The MAC is that of AES-256-GCM, which
//! takes a tenth of the time of one by SHA-256 (NIST SP 800-38D calls it GMAC).

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{digest, rand};
use memmap2::Mmap;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::config::METERING_SCHEDULE;
use crate::limits::CACHE_BYTES_MAX;

const MAGIC: &[u8; 8] = b"WEFTCC03";
/// Raise when a loader makes other components of the same files, or the gate refuses more: what is here is not examined again.
const LOADER_GENERATION: u32 = 3;
const KEY_BYTES: usize = 32;
const MAC_BYTES: usize = 16;
const HEADER_BYTES: usize = MAGIC.len() + 32 + 32;
const EXTENSION: &str = "cwasm";
/// Running calls use what the files hold, so nobody is to write into one by mistake; replacing or removing one is harmless.
const CODE_MODE: u32 = 0o400;

/// The directory.
pub struct Cache {
    dir: PathBuf,
    key: LessSafeKey,
    settings: [u8; 32],
}

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// A file or directory cannot be made, read or written.
    #[error("cannot use {path} for compiled code; it can be removed, and contracts are then compiled again")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Others may read or write where compiled code lies.
    #[error(
        "{path} may be changed or read by other users, who could put code of theirs there; remove it (contracts are then \
         compiled again), or give it to this user alone (chmod go-rwx)"
    )]
    Exposed {
        /// The file or directory.
        path: PathBuf,
    },
    /// The system gives no random numbers.
    #[error("cannot make a key or a seal")]
    Key,
}

impl Cache {
    /// Opens the directory, making it and its key when they are missing.
    pub fn open(dir: &Path, engine: &Engine) -> Result<Self, CacheError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            |source| CacheError::Io { path, source }
        };
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(at(dir))?;
        let mode = fs::symlink_metadata(dir).map_err(at(dir))?;
        // Others writing here could put links and files of theirs; reading is harmless, but the key must not be.
        if mode.mode() & 0o022 != 0 || !mode.is_dir() {
            return Err(CacheError::Exposed { path: dir.to_owned() });
        }
        let key_path = dir.join("key");
        let key = match read_key(&key_path) {
            // Without its key the cache is worth nothing, and is made again.
            Err(CacheError::Io { source, .. })
                if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) =>
            {
                let mut key = [0; KEY_BYTES];
                rand::fill(&mut key).map_err(|_| CacheError::Key)?;
                write_whole(&key_path, &key, 0o600).map_err(at(&key_path))?;
                read_key(&key_path)?
            }
            result => result?,
        };
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).map_err(|_| CacheError::Key)?);
        Ok(Self { dir: dir.to_owned(), key, settings: settings_digest(engine) })
    }

    /// The component compiled from the contract with this hash, if it is here, whole and ours.
    pub fn load(&self, engine: &Engine, contract: &[u8; 32]) -> Option<Component> {
        let path = self.path(contract);
        let source = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(&path).ok()?;
        // SAFETY: files here are this user's alone, and this program only makes, renames and removes them: none is changed.
        let file = unsafe { Mmap::map(&source) }.ok()?;
        if self.code(contract, &file).is_none() {
            tracing::warn!("ignoring {}: it was not written by this peer", path.display());
            return None;
        }
        // The time of last use decides what goes first when space is short.
        let _ = source.set_modified(SystemTime::now());
        // The file that was examined, whatever has that name by now.
        let examined = format!("/proc/self/fd/{}", source.as_raw_fd());
        // SAFETY: the MAC proves that this user's peer wrote these bytes after its own engine, of the same version and settings, made them.
        match unsafe { Component::deserialize_file(engine, examined) } {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!("ignoring {}: {error:#}", path.display());
                None
            }
        }
    }

    /// The code in a file, if this peer wrote the file for this contract.
    pub(crate) fn code<'file>(&self, contract: &[u8; 32], file: &'file [u8]) -> Option<&'file [u8]> {
        let (sealed, mac) = file.split_at_checked(file.len().checked_sub(MAC_BYTES)?)?;
        let (body, nonce) = sealed.split_at_checked(sealed.len().checked_sub(NONCE_LEN)?)?;
        let (code, header) = body.split_at_checked(body.len().checked_sub(HEADER_BYTES)?)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        // Nothing is encrypted, so all of the message is the MAC.
        let is_ours = *header == self.header(contract)
            && self.key.open_in_place(nonce, Aad::from(body), &mut mac.to_vec()).is_ok();
        is_ours.then_some(code)
    }

    /// Keeps compiled code and drops the oldest beyond the limit.
    pub fn store(&self, contract: &[u8; 32], code: &[u8]) -> Result<(), CacheError> {
        let file = self.seal(contract, code)?;
        let path = self.path(contract);
        write_whole(&path, &file, CODE_MODE)
            .and_then(|()| self.prune())
            .map_err(|source| CacheError::Io { path, source })
    }

    /// The file with this code.
    pub(crate) fn seal(&self, contract: &[u8; 32], code: &[u8]) -> Result<Vec<u8>, CacheError> {
        let mut file = [code, &self.header(contract)].concat();
        let mut nonce = [0; NONCE_LEN];
        // As many files as chance makes two nonces equal are not written with one key.
        rand::fill(&mut nonce).map_err(|_| CacheError::Key)?;
        let mac = self
            .key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&file), &mut [])
            .map_err(|_| CacheError::Key)?;
        file.extend(nonce);
        file.extend(mac.as_ref());
        Ok(file)
    }

    fn path(&self, contract: &[u8; 32]) -> PathBuf {
        let (contract, settings) = (hex::encode(contract), hex::encode(&self.settings[..8]));
        self.dir.join(format!("{contract}-{settings}.{EXTENSION}"))
    }

    fn header(&self, contract: &[u8; 32]) -> [u8; HEADER_BYTES] {
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(MAGIC);
        header[8..40].copy_from_slice(contract);
        header[40..].copy_from_slice(&self.settings);
        header
    }

    fn prune(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|extension| extension == EXTENSION) {
                let facts = entry.metadata()?;
                files.push((facts.modified()?, facts.len(), entry.path()));
            }
        }
        files.sort();
        let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in files {
            if total <= CACHE_BYTES_MAX {
                break;
            }
            fs::remove_file(path)?;
            total -= size;
        }
        Ok(())
    }
}

fn read_key(path: &Path) -> Result<[u8; KEY_BYTES], CacheError> {
    let io = |source| CacheError::Io { path: path.to_owned(), source };
    let mut file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(path).map_err(io)?;
    if file.metadata().map_err(io)?.mode() & 0o077 != 0 {
        return Err(CacheError::Exposed { path: path.to_owned() });
    }
    let mut key = [0; KEY_BYTES];
    file.read_exact(&mut key).map_err(io)?;
    Ok(key)
}

/// Writes a file that after a crash is either whole or not there.
fn write_whole(path: &Path, contents: &[u8], mode: u32) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    // One that a crash has left may not be written to.
    let _ = fs::remove_file(&temporary);
    let result = (|| {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&temporary)?;
        file.write_all(contents)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    })();
    if result.is_err() {
        // A leftover would only waste space.
        let _ = fs::remove_file(&temporary);
    }
    result
}

/// Everything compiled code depends on beside the contract.
fn settings_digest(engine: &Engine) -> [u8; 32] {
    struct Sha256(digest::Context);
    impl Hasher for Sha256 {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            // Only the full digest is of use, and nobody asks for this.
            0
        }
    }
    let mut hasher = Sha256(digest::Context::new(&digest::SHA256));
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.write(&METERING_SCHEDULE.to_be_bytes());
    hasher.write(&LOADER_GENERATION.to_be_bytes());
    hasher.write(host_api::WIT.as_bytes());
    let mut settings = [0; 32];
    settings.copy_from_slice(hasher.0.finish().as_ref());
    settings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use std::num::NonZeroUsize;
    use std::os::unix::fs::PermissionsExt;

    fn code(engine: &Engine) -> Vec<u8> {
        engine.precompile_component(&wat::parse_str("(component)").unwrap()).unwrap()
    }

    #[test]
    fn returns_only_what_it_wrote() {
        let engine = Engine::new(&config::engine(false, NonZeroUsize::MIN, false)).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let (cache, contract) = (Cache::open(dir.path(), &engine).unwrap(), [7; 32]);
        assert!(cache.load(&engine, &contract).is_none());
        cache.store(&contract, &code(&engine)).unwrap();
        assert!(cache.load(&engine, &contract).is_some());
        assert_eq!(fs::metadata(cache.path(&contract)).unwrap().mode() & 0o777, CODE_MODE);
        assert!(Cache::open(dir.path(), &engine).unwrap().load(&engine, &contract).is_some(), "after a restart");
        cache.store(&contract, &code(&engine)).unwrap();
        assert!(cache.load(&engine, &contract).is_some(), "written again");
        assert!(cache.load(&engine, &[8; 32]).is_none());

        // Another contract's file under this name, a flipped bit anywhere, a short file, a link: all are compiled again.
        let path = cache.path(&contract);
        let whole = fs::read(&path).unwrap();
        let replace = |path: &Path, file: &[u8]| {
            let _ = fs::remove_file(path);
            fs::write(path, file).unwrap();
        };
        replace(&cache.path(&[8; 32]), &whole);
        assert!(cache.load(&engine, &[8; 32]).is_none());
        for position in [0, 10, 50, HEADER_BYTES, whole.len() / 2, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[position] ^= 1;
            replace(&path, &changed);
            assert!(cache.load(&engine, &contract).is_none(), "bit at {position}");
        }
        for length in [0, 10, HEADER_BYTES + MAC_BYTES - 1, whole.len() - 1] {
            replace(&path, &whole[..length]);
            assert!(cache.load(&engine, &contract).is_none(), "cut at {length}");
        }
        fs::remove_file(&path).unwrap();
        fs::write(dir.path().join("elsewhere"), &whole).unwrap();
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), &path).unwrap();
        assert!(cache.load(&engine, &contract).is_none());
    }

    #[test]
    fn refuses_places_others_can_change() {
        let engine = Engine::new(&config::engine(false, NonZeroUsize::MIN, false)).unwrap();
        let dir = tempfile::tempdir().unwrap();
        Cache::open(dir.path(), &engine).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&dir.path().join("key")), 0o600);
        fs::set_permissions(dir.path().join("key"), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Cache::open(dir.path(), &engine), Err(CacheError::Exposed { .. })));
        fs::set_permissions(dir.path().join("key"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(Cache::open(dir.path(), &engine), Err(CacheError::Exposed { .. })));
    }
}
