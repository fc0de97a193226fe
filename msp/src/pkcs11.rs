//! Keys in a hardware security module, or anything else that speaks PKCS#11. Such a key never leaves its token: digests go
//! there to be signed, which takes its time and can fail.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use parking_lot::Mutex;

use crate::certificate::Certificate;
use crate::ecdsa::{self, Curve};

/// Sessions that are kept for the next signature; Fabric's number. As many signatures as are asked for run at once.
const SESSIONS_KEPT_MAX: usize = 10;

/// How often a signature is tried: the second time with a new session, because tokens close those of before when they are
/// restarted.
const ATTEMPTS: usize = 2;

/// Where a token is, and how its keys are named (`BCCSP.PKCS11` in Fabric's configuration).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Pkcs11Settings {
    /// The token's library, such as `/usr/lib/softhsm/libsofthsm2.so`.
    pub library: PathBuf,
    /// The token's label.
    pub label: String,
    /// The user's PIN.
    pub pin: String,
    /// `CKA_ID` of the key, if it is not the subject key identifier.
    pub alternative_id: Option<String>,
    /// `CKA_ID` of single keys, after their subject key identifier in hexadecimal digits.
    pub key_ids: Vec<(String, String)>,
}

impl fmt::Debug for Pkcs11Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pkcs11Settings")
            .field("library", &self.library)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// Why a token cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// No library is named.
    #[error("pkcs11: library path not provided: set PKCS11.Library")]
    NoLibrary,
    /// The library cannot be loaded, or refuses to start.
    #[error("pkcs11: instantiation failed for {}: check PKCS11.Library", library.display())]
    Library {
        /// Which one.
        library: PathBuf,
        /// What it says.
        #[source]
        source: Error,
    },
    /// No slot holds the token.
    #[error("pkcs11: could not find token with label {label}: check PKCS11.Label; there is {known}")]
    NoToken {
        /// The label.
        label: String,
        /// Labels of the tokens that are there.
        known: String,
    },
    /// No session.
    #[error("pkcs11: OpenSession failed")]
    Session(#[source] Error),
    /// The PIN is wrong, or locked.
    #[error("pkcs11: Login failed: check PKCS11.Pin")]
    Login(#[source] Error),
    /// The token was asked something and did not answer.
    #[error("pkcs11: {operation} failed")]
    Operation {
        /// What.
        operation: &'static str,
        /// What it says.
        #[source]
        source: Error,
    },
    /// The token has no such key.
    #[error("pkcs11: no private key with CKA_ID {id} in the token {label}")]
    NoKey {
        /// In hexadecimal digits.
        id: String,
        /// The token.
        label: String,
    },
    /// What came back is no signature.
    #[error("pkcs11: the token {label} gave no signature of the key's kind")]
    Signature {
        /// The token.
        label: String,
    },
}

/// An open token. Shared behind an `Arc`.
pub struct Token {
    settings: Pkcs11Settings,
    library: Pkcs11,
    sessions: Mutex<Vec<Session>>,
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Token").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Token {
    /// Loads the library, finds the token and logs in.
    pub fn open(settings: Pkcs11Settings) -> Result<Arc<Token>, TokenError> {
        if settings.library.as_os_str().is_empty() {
            return Err(TokenError::NoLibrary);
        }
        let failed = |source| TokenError::Library { library: settings.library.clone(), source };
        let library = Pkcs11::new(&settings.library).map_err(failed)?;
        match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            // One library serves the whole process.
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(failed(error)),
        }
        let token = Token { settings, library, sessions: Mutex::new(Vec::new()) };
        let session = token.open_session()?;
        token.keep(session);
        Ok(Arc::new(token))
    }

    /// The token may have moved to another slot since it was last looked for.
    fn slot(&self) -> Result<Slot, TokenError> {
        let failed = |source| TokenError::Operation { operation: "get slot list", source };
        let mut known = Vec::new();
        for slot in self.library.get_slots_with_token().map_err(failed)? {
            match self.library.get_token_info(slot) {
                Ok(info) if info.label() == self.settings.label => return Ok(slot),
                // A slot for a token that is still to be made has no label.
                Ok(info) if info.label().is_empty() => {}
                Ok(info) => known.push(format!("'{}'", info.label())),
                Err(error) => tracing::warn!(%error, "a slot of the PKCS#11 library passed over"),
            }
        }
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Err(TokenError::NoToken { label: self.settings.label.clone(), known })
    }

    fn open_session(&self) -> Result<Session, TokenError> {
        let session = self.library.open_ro_session(self.slot()?).map_err(TokenError::Session)?;
        let pin = AuthPin::new(self.settings.pin.clone().into());
        match session.login(UserType::User, Some(&pin)) {
            // A login holds for all sessions of the process.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(error) => Err(TokenError::Login(error)),
        }
    }

    /// A session that nobody uses; a new one if all are in use.
    fn session(&self) -> Result<Session, TokenError> {
        let kept = self.sessions.lock().pop();
        kept.map_or_else(|| self.open_session(), Ok)
    }

    fn keep(&self, session: Session) {
        let mut sessions = self.sessions.lock();
        if sessions.len() < SESSIONS_KEPT_MAX {
            sessions.push(session);
        }
    }

    /// Does some work in a session. After a failure all sessions that are kept are closed, and it is tried anew.
    fn with_session<T>(&self, work: impl Fn(&Session) -> Result<T, TokenError>) -> Result<T, TokenError> {
        let mut attempt = 1;
        loop {
            let worked = self.session().and_then(|session| {
                let result = work(&session)?;
                self.keep(session);
                Ok(result)
            });
            match worked {
                Err(TokenError::Operation { operation, source }) if attempt < ATTEMPTS => {
                    tracing::warn!(operation, error = %source, "PKCS#11 session failed, opening another");
                    self.sessions.lock().clear();
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    fn key_id(&self, certificate: &Certificate) -> Vec<u8> {
        let ski = certificate.keystore_id();
        let mapped = self.settings.key_ids.iter().find(|(of, _)| of.eq_ignore_ascii_case(&ski));
        let alternative = mapped.map(|(_, id)| id).or(self.settings.alternative_id.as_ref());
        match alternative {
            Some(id) => id.clone().into_bytes(),
            None => hex::decode(&ski).expect("an identifier is made of hexadecimal digits"),
        }
    }

    /// The key of a certificate; nothing if the token has none.
    pub(crate) fn find_key(
        self: &Arc<Token>,
        certificate: &Certificate,
        curve: Curve,
    ) -> Result<Option<TokenKey>, TokenError> {
        let id = self.key_id(certificate);
        let key = TokenKey { token: Arc::clone(self), id, curve, handle: Mutex::new(None) };
        match self.with_session(|session| key.handle(session)) {
            Ok(_) => Ok(Some(key)),
            Err(TokenError::NoKey { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A private key in a token.
pub(crate) struct TokenKey {
    token: Arc<Token>,
    id: Vec<u8>,
    curve: Curve,
    /// Forgotten with every failure: it does not outlive a token's restart.
    handle: Mutex<Option<ObjectHandle>>,
}

impl TokenKey {
    fn handle(&self, session: &Session) -> Result<ObjectHandle, TokenError> {
        if let Some(handle) = *self.handle.lock() {
            return Ok(handle);
        }
        let wanted = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(self.id.clone())];
        let failed = |source| TokenError::Operation { operation: "FindObjects", source };
        let found = session.find_objects(&wanted).map_err(failed)?;
        let label = || self.token.settings.label.clone();
        let handle = found.first().copied();
        let handle = handle.ok_or_else(|| TokenError::NoKey { id: hex::encode(&self.id), label: label() })?;
        *self.handle.lock() = Some(handle);
        Ok(handle)
    }

    /// Signs a digest; the signature is in DER, with low S.
    pub(crate) fn sign(&self, digest: &[u8]) -> Result<Bytes, TokenError> {
        let signature = self.token.with_session(|session| {
            let signed = session.sign(&Mechanism::Ecdsa, self.handle(session)?, digest);
            signed.map_err(|source| {
                *self.handle.lock() = None;
                TokenError::Operation { operation: "Sign", source }
            })
        })?;
        let low = ecdsa::low_s_of_halves(self.curve, &signature);
        low.map(Bytes::from).ok_or_else(|| TokenError::Signature { label: self.token.settings.label.clone() })
    }
}
