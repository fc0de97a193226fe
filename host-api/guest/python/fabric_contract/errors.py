"""How a transaction function refuses."""


class ContractError(Exception):
    """Why a transaction function refuses; the text becomes the response's message at the client.

    What the peer refuses is raised as this, too. Any other exception that leaves a transaction function is a defect of the
    contract, and reaches the client as ``chaincode panicked: MESSAGE``.
    """
