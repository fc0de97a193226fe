//! Fabric's command trees say the same things in different words.

use anyhow::bail;

/// Which command asks a peer.
#[derive(Clone, Copy, Debug)]
pub enum Asker<'a> {
    /// `peer chaincode` and its command.
    Chaincode(&'a str),
    /// `peer lifecycle chaincode` and its command.
    Lifecycle(&'a str),
    /// `peer channel`.
    Channel,
    /// `peer snapshot`.
    Snapshot,
    /// `peer logging` and `peer node status`.
    Admin,
}

impl Asker<'_> {
    /// Who cannot connect.
    pub fn client(self) -> &'static str {
        match self {
            Asker::Snapshot => "snapshot client",
            Asker::Admin => "admin client",
            _ => "endorser client",
        }
    }

    /// There is no connection; nothing where the command says no more than who cannot connect.
    pub fn no_client(self) -> Option<String> {
        Some(match self {
            Asker::Chaincode(command) => format!("error getting endorser client for {command}"),
            Asker::Lifecycle(command) => format!("failed to retrieve endorser client for {command}"),
            Asker::Channel => "error getting endorser client for channel".to_owned(),
            Asker::Snapshot => "failed to retrieve snapshot client".to_owned(),
            Asker::Admin => return None,
        })
    }

    /// The flags for peers do not go together.
    pub fn bad_parameters(self) -> &'static str {
        match self {
            Asker::Lifecycle(_) => "failed to validate peer connection parameters",
            _ => "error validating peer connection parameters",
        }
    }

    /// Refuses more than one peer.
    pub fn refuse_several(self, count: usize) -> anyhow::Result<()> {
        match self {
            _ if count <= 1 => Ok(()),
            Asker::Lifecycle(command) => {
                bail!("{}: '{command}' command supports one peer. {count} peers provided", self.bad_parameters())
            }
            Asker::Chaincode(command) => bail!(
                "{}: '{command}' command can only be executed against one peer. received {count}",
                self.bad_parameters()
            ),
            Asker::Channel | Asker::Snapshot | Asker::Admin => bail!("the command is for one peer. received {count}"),
        }
    }
}

/// What an orderer is asked for.
#[derive(Clone, Copy, Debug)]
pub enum OrdererUse {
    /// To take a transaction of `peer chaincode`.
    Chaincode,
    /// To take a transaction of `peer lifecycle chaincode`.
    Lifecycle,
    /// To take a channel's configuration.
    Config,
    /// To give blocks.
    Blocks,
}

impl OrdererUse {
    /// There is no connection.
    pub fn no_client(self) -> &'static str {
        match self {
            OrdererUse::Chaincode | OrdererUse::Config => "error getting broadcast client",
            OrdererUse::Lifecycle => "failed to retrieve broadcast client",
            OrdererUse::Blocks => "failed to create deliver client for orderer",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_peers_are_refused_in_each_trees_words() {
        for (asker, expected) in [
            (
                Asker::Chaincode("query"),
                "error validating peer connection parameters: 'query' command can only be executed against one peer. \
                 received 2",
            ),
            (
                Asker::Lifecycle("install"),
                "failed to validate peer connection parameters: 'install' command supports one peer. 2 peers provided",
            ),
        ] {
            assert_eq!(asker.refuse_several(2).expect_err("two").to_string(), expected);
            assert!(asker.refuse_several(1).is_ok());
        }
    }
}
