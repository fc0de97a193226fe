"""Records that pass between the contract and the peer."""

from wit_world.imports.chaincodes import Response as ChaincodeResponse
from wit_world.imports.state import KeyModification, KeyValue, MetadataEntry, Page, Timestamp

__all__ = ["ChaincodeResponse", "KeyModification", "KeyValue", "MetadataEntry", "Page", "Timestamp"]
