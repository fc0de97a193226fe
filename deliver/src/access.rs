//! Whether a client may go on reading.

use std::time::SystemTime;

use channel::{Bundle, SignedData};

use crate::server::{Authorize, Denied};
use crate::source::BlockSource;

/// The right of one request. It is asked for again when the channel's configuration has changed, and ends with the
/// client's certificate.
pub(crate) struct Access {
    pub(crate) request: SignedData,
    expires_at: Option<SystemTime>,
    /// The configuration under which the right was last granted.
    granted_at: Option<u64>,
}

impl Access {
    /// An identity that the channel does not know has no end; it has no rights either.
    pub(crate) fn new(request: SignedData, bundle: &Bundle) -> Self {
        let expires_at = bundle.msps().identity(&request.identity).ok().map(|identity| identity.expires_at());
        Self { request, expires_at, granted_at: None }
    }

    pub(crate) fn check(&mut self, source: &dyn BlockSource, authorize: &Authorize) -> Result<(), Denied> {
        if self.expires_at.is_some_and(|end| SystemTime::now() > end) {
            return Err(Denied("deliver client identity expired".to_owned()));
        }
        let bundle = source.bundle();
        if self.granted_at.is_some_and(|sequence| bundle.sequence() <= sequence) {
            return Ok(());
        }
        authorize(&bundle, &self.request)?;
        self.granted_at = Some(bundle.sequence());
        Ok(())
    }
}
