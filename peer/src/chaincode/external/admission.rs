//! Who may register: in development mode everybody, otherwise only a process that this peer starts, under its package's
//! name and with the certificate that it was given (Fabric `core/chaincode/accesscontrol`, `handler_registry.go`).

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use proto::Digest;
use tokio::sync::oneshot;

use super::Connection;

/// The processes that are expected.
pub(super) struct Admission {
    everybody: bool,
    expected: Mutex<Expected>,
}

#[derive(Default)]
struct Expected {
    places: HashMap<String, Place>,
    serial: u64,
}

struct Place {
    serial: u64,
    /// Of its TLS certificate; none where there is no TLS.
    certificate_hash: Option<Digest>,
    /// None once it has registered.
    registered: Option<oneshot::Sender<Arc<Connection>>>,
}

/// As long as this lives, the process may register.
pub(super) struct Expectation {
    admission: Arc<Admission>,
    package_id: String,
    serial: u64,
}

impl Drop for Expectation {
    fn drop(&mut self) {
        let places = &mut self.admission.expected.lock().places;
        // A later process may have taken the place.
        if places.get(&self.package_id).is_some_and(|place| place.serial == self.serial) {
            places.remove(&self.package_id);
        }
    }
}

impl Admission {
    /// `everybody` may register under a name that no process is expected under: development mode.
    pub fn new(everybody: bool) -> Admission {
        Admission { everybody, expected: Mutex::default() }
    }

    /// Expects the process of a package, with the certificate of this hash where there is TLS. What it gives is told once it
    /// has registered.
    pub fn expect(
        self: &Arc<Self>,
        package_id: &str,
        certificate_hash: Option<Digest>,
    ) -> (Expectation, oneshot::Receiver<Arc<Connection>>) {
        let (sender, receiver) = oneshot::channel();
        let expected = &mut *self.expected.lock();
        expected.serial += 1;
        let serial = expected.serial;
        let place = Place { serial, certificate_hash, registered: Some(sender) };
        expected.places.insert(package_id.to_owned(), place);
        (Expectation { admission: self.clone(), package_id: package_id.to_owned(), serial }, receiver)
    }

    /// Whether somebody with this certificate may register under a name. The texts are Fabric's.
    pub fn check(&self, name: &str, certificate_hash: Option<&Digest>) -> Result<(), String> {
        match self.expected.lock().places.get(name).map(|place| &place.certificate_hash) {
            Some(None) => Ok(()),
            Some(expected) if expected.as_ref() == certificate_hash => Ok(()),
            Some(_) if certificate_hash.is_none() => {
                Err(format!("TLS is active but chaincode {name} didn't send certificate"))
            }
            Some(_) => Err(format!("the certificate that chaincode {name} shows is not the one it was given")),
            None if self.everybody => Ok(()),
            None => Err(format!("peer will not accept external chaincode connection {name} (except in dev mode)")),
        }
    }

    /// Tells whoever expects the process that it has registered.
    pub fn registered(&self, name: &str, connection: &Arc<Connection>) {
        let waiting = self.expected.lock().places.get_mut(name).and_then(|place| place.registered.take());
        if let Some(waiting) = waiting {
            // Who does not wait any more ends the process.
            let _ = waiting.send(connection.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "basic:1";

    #[test]
    fn only_the_expected_process_registers_and_only_while_it_is_expected() {
        let admission = Arc::new(Admission::new(false));
        let refused = |hash: Option<&Digest>| admission.check(ID, hash).expect_err("refused");
        assert!(refused(None).contains("except in dev mode"));
        let (expectation, _waiting) = admission.expect(ID, Some([1; 32]));
        assert!(refused(None).contains("didn't send certificate"));
        assert!(refused(Some(&[2; 32])).contains("is not the one it was given"));
        assert_eq!(admission.check(ID, Some(&[1; 32])), Ok(()));
        assert!(admission.check("other", Some(&[1; 32])).is_err());
        let (later, _waiting) = admission.expect(ID, Some([3; 32]));
        drop(expectation);
        assert!(admission.check(ID, Some(&[1; 32])).is_err());
        assert_eq!(admission.check(ID, Some(&[3; 32])), Ok(()));
        drop(later);
        assert!(refused(Some(&[3; 32])).contains("except in dev mode"));
    }

    #[test]
    fn in_development_others_may_register_under_other_names() {
        let admission = Arc::new(Admission::new(true));
        assert_eq!(admission.check(ID, None), Ok(()));
        let (_expectation, _waiting) = admission.expect(ID, Some([1; 32]));
        assert!(admission.check(ID, None).is_err());
        assert_eq!(admission.check("other", None), Ok(()));
        let (_expectation, _waiting) = admission.expect("plain", None);
        assert_eq!(admission.check("plain", None), Ok(()));
    }
}
