//! `fabric:chaincode/client-identity`.

use super::CallState;
use super::bindings::fabric::chaincode::client_identity::Host;
use super::ledger::{Told, allowed};
use crate::identity::{self, ClientCertificate};

impl Host for CallState {
    fn id(&mut self) -> Told<String> {
        self.of_certificate(|certificate| certificate.id())
    }

    fn msp_id(&mut self) -> wasmtime::Result<String> {
        self.enter(0)?;
        let msp_id = self.context.invocation().creator_msp_id.clone();
        self.count(msp_id.len())?;
        Ok(msp_id)
    }

    fn subject(&mut self) -> Told<String> {
        self.of_certificate(|certificate| certificate.subject())
    }

    fn issuer(&mut self) -> Told<String> {
        self.of_certificate(|certificate| certificate.issuer())
    }

    fn organizational_units(&mut self) -> Told<Vec<String>> {
        self.enter(0)?;
        let units = allowed!(self.certificate(|certificate| certificate.organizational_units()));
        self.count(units.iter().map(String::len).sum())?;
        Ok(Ok(units))
    }

    fn attribute(&mut self, name: String) -> Told<Option<String>> {
        self.enter(name.len())?;
        let value = allowed!(self.certificate(|certificate| certificate.attributes().map(|mut all| all.remove(&name))));
        let value = allowed!(value.map_err(|error| error.to_string()));
        self.count(value.as_ref().map_or(0, String::len))?;
        Ok(Ok(value))
    }

    fn attributes(&mut self) -> Told<Vec<(String, String)>> {
        self.enter(0)?;
        let attributes = allowed!(self.certificate(|certificate| certificate.attributes()));
        let attributes = allowed!(attributes.map_err(|error| error.to_string()));
        self.count(attributes.iter().map(|(name, value)| name.len() + value.len()).sum())?;
        Ok(Ok(attributes.into_iter().collect()))
    }
}

impl CallState {
    fn of_certificate(&mut self, read: impl FnOnce(&ClientCertificate<'_>) -> String) -> Told<String> {
        self.enter(0)?;
        let text = allowed!(self.certificate(read));
        self.count(text.len())?;
        Ok(Ok(text))
    }

    fn certificate<T>(&self, read: impl FnOnce(&ClientCertificate<'_>) -> T) -> Result<T, String> {
        identity::with_certificate(&self.context.invocation().creator_certificate, read)
            .map_err(|error| error.to_string())
    }
}
