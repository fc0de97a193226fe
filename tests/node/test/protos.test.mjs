// Our blocks decoded by npm's @hyperledger/fabric-protos, down to the read-write sets.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import protos from '@hyperledger/fabric-protos';

import { assetArguments, newAssetId } from '../assets.mjs';
import { CHAINCODE, startNetwork } from '../network.mjs';

const { common, ledger, msp, peer } = protos;

let network;
let client;

before(async () => {
    network = await startNetwork();
    client = await network.connect();
});

after(async () => {
    client?.close();
    assert.equal(await network?.stop(), 0, 'the peer ends cleanly on SIGINT');
});

async function block(number) {
    const bytes = await client.gateway
        .getNetwork(network.info.channel_id)
        .getContract('qscc')
        .evaluateTransaction('GetBlockByNumber', network.info.channel_id, String(number));
    return common.Block.deserializeBinary(bytes);
}

test('the first block holds the configuration', async () => {
    const envelope = common.Envelope.deserializeBinary((await block(0)).getData().getDataList_asU8()[0]);
    const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
    const header = common.ChannelHeader.deserializeBinary(payload.getHeader().getChannelHeader_asU8());
    assert.equal(header.getType(), common.HeaderType.CONFIG);
    assert.equal(header.getChannelId(), network.info.channel_id);
    const config = common.ConfigEnvelope.deserializeBinary(payload.getData_asU8()).getConfig();
    const groups = config.getChannelGroup().getGroupsMap();
    assert.deepEqual([...groups.keys()].sort(), ['Application', 'Orderer']);
    assert.deepEqual([...groups.get('Application').getGroupsMap().keys()], ['Org1']);
});

test('a transaction can be read to its last write', async () => {
    const id = newAssetId();
    const submitted = await client.contract.submitAsync('CreateAsset', { arguments: assetArguments(id) });
    const { blockNumber } = await submitted.getStatus();
    const found = await block(blockNumber);
    const data = found.getData().getDataList_asU8();
    assert.deepEqual(Buffer.from(found.getHeader().getDataHash_asU8()), sha256(data));
    const before = (await block(blockNumber - 1n)).getHeader();
    assert.deepEqual(Buffer.from(found.getHeader().getPreviousHash_asU8()), headerHash(before));
    const [, , codes] = found.getMetadata().getMetadataList_asU8();
    const payloads = data.map((bytes) => common.Payload.deserializeBinary(common.Envelope.deserializeBinary(bytes).getPayload_asU8()));
    const headers = payloads.map((payload) => common.ChannelHeader.deserializeBinary(payload.getHeader().getChannelHeader_asU8()));
    const index = headers.findIndex((header) => header.getTxId() === submitted.getTransactionId());
    assert.equal(codes[index], peer.TxValidationCode.VALID);
    const signature = common.SignatureHeader.deserializeBinary(payloads[index].getHeader().getSignatureHeader_asU8());
    assert.equal(msp.SerializedIdentity.deserializeBinary(signature.getCreator_asU8()).getMspid(), network.info.user.msp_id);

    const [transaction] = peer.Transaction.deserializeBinary(payloads[index].getData_asU8()).getActionsList();
    const endorsed = peer.ChaincodeActionPayload.deserializeBinary(transaction.getPayload_asU8()).getAction();
    assert.equal(endorsed.getEndorsementsList().length, 1);
    const response = peer.ProposalResponsePayload.deserializeBinary(endorsed.getProposalResponsePayload_asU8());
    const action = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8());
    assert.equal(action.getChaincodeId().getName(), CHAINCODE);
    assert.equal(action.getResponse().getStatus(), 200);
    assert.equal(peer.ChaincodeEvent.deserializeBinary(action.getEvents_asU8()).getEventName(), 'CreateAsset');
    const sets = ledger.rwset.TxReadWriteSet.deserializeBinary(action.getResults_asU8()).getNsRwsetList();
    assert.deepEqual(sets.map((set) => set.getNamespace()), ['_lifecycle', CHAINCODE]);
    const own = ledger.rwset.kvrwset.KVRWSet.deserializeBinary(sets[1].getRwset_asU8());
    assert.deepEqual(own.getWritesList().map((write) => write.getKey()), [id]);
    assert.equal(JSON.parse(Buffer.from(own.getWritesList()[0].getValue_asU8())).ID, id);
});

function sha256(parts) {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
}

/** SHA-256 of the header in ASN.1: a sequence of its number and the two hashes. The number stays below 128 here. */
function headerHash(header) {
    const octets = (bytes) => [Buffer.from([4, bytes.length]), Buffer.from(bytes)];
    const number = Buffer.from([2, 1, Number(header.getNumber())]);
    const content = Buffer.concat([number, ...octets(header.getPreviousHash_asU8()), ...octets(header.getDataHash_asU8())]);
    return sha256([Buffer.from([0x30, content.length]), content]);
}
