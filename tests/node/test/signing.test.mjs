// Offline signing: every message is made without a key, signed elsewhere, and sent.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assetArguments, json, newAssetId, readUntil, rejection, text, words } from '../assets.mjs';
import { CHAINCODE, startNetwork } from '../network.mjs';

let network;
let client;

before(async () => {
    network = await startNetwork();
    client = await network.connect({ offline: true });
});

after(async () => {
    client?.close();
    assert.equal(await network?.stop(), 0, 'the peer ends cleanly on SIGINT');
});

/** Signs the digest of a message made without a key, and makes the message again with the signature. */
async function signed(message, make) {
    return make.call(client.gateway, message.getBytes(), await client.signer(message.getDigest()));
}

async function evaluate(name, ...args) {
    const proposal = client.contract.newProposal(name, { arguments: args });
    return (await signed(proposal, client.gateway.newSignedProposal)).evaluate();
}

async function submit(name, ...args) {
    const unsigned = client.contract.newProposal(name, { arguments: args });
    const proposal = await signed(unsigned, client.gateway.newSignedProposal);
    const transaction = await signed(await proposal.endorse(), client.gateway.newSignedTransaction);
    const commit = await signed(await transaction.submit(), client.gateway.newSignedCommit);
    return commit.getStatus();
}

test('submit and evaluate', async () => {
    const id = newAssetId();
    const status = await submit('CreateAsset', ...assetArguments(id));
    assert.equal(status.successful, true);
    assert.equal(json(await evaluate('ReadAsset', id)).ID, id);
});

test('chaincode, block and filtered block events', async () => {
    const id = newAssetId();
    const { blockNumber, transactionId } = await submit('CreateAsset', ...assetArguments(id));
    const start = { startBlock: blockNumber };
    const { gateway, channel } = client;

    const chaincode = channel.newChaincodeEventsRequest(CHAINCODE, start);
    const events = await (await signed(chaincode, gateway.newSignedChaincodeEventsRequest)).getEvents();
    const [event] = await readUntil(events, () => true);
    assert.equal(event.transactionId, transactionId);

    const blocks = await signed(channel.newBlockEventsRequest(start), gateway.newSignedBlockEventsRequest);
    const [block] = await readUntil(await blocks.getEvents(), () => true);
    assert.equal(BigInt(block.getHeader().getNumber()), blockNumber);

    const filtered = channel.newFilteredBlockEventsRequest(start);
    const request = await signed(filtered, gateway.newSignedFilteredBlockEventsRequest);
    const [short] = await readUntil(await request.getEvents(), () => true);
    assert.equal(BigInt(short.getNumber()), blockNumber);
});

test('a signature of something else is refused', async () => {
    const proposal = client.contract.newProposal('CreateAsset', { arguments: assetArguments(newAssetId()) });
    const other = client.contract.newProposal('CreateAsset', { arguments: assetArguments(newAssetId()) });
    const signature = await client.signer(other.getDigest());
    const mixed = client.gateway.newSignedProposal(proposal.getBytes(), signature);
    assert.match(words(await rejection(mixed.endorse())), /access denied/);
});

test('a transaction with a wrong signature is not ordered', async () => {
    const id = newAssetId();
    const unsigned = client.contract.newProposal('CreateAsset', { arguments: assetArguments(id) });
    const proposal = await signed(unsigned, client.gateway.newSignedProposal);
    const endorsed = await proposal.endorse();
    const signature = await client.signer(unsigned.getDigest());
    const transaction = client.gateway.newSignedTransaction(endorsed.getBytes(), signature);
    assert.match(words(await rejection(transaction.submit())), /orderer/i);
    assert.equal(text(await evaluate('AssetExists', id)), 'false');
});
