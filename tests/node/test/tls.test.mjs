// The same network with TLS, which one flag turns on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import * as grpc from '@grpc/grpc-js';

import { assetArguments, json, newAssetId, readUntil } from '../assets.mjs';
import { CHAINCODE, startNetwork } from '../network.mjs';

let network;
let client;

before(async () => {
    network = await startNetwork({ flags: ['--tls'] });
    client = await network.connect();
});

after(async () => {
    client?.close();
    assert.equal(await network?.stop(), 0, 'the peer ends cleanly on SIGINT');
});

test('submit, evaluate and events', async () => {
    assert.ok(network.info.peer.tls_ca_file, 'the network says which authority to trust');
    const id = newAssetId();
    const submitted = await client.contract.submitAsync('CreateAsset', { arguments: assetArguments(id) });
    const { blockNumber, successful, transactionId } = await submitted.getStatus();
    assert.equal(successful, true);
    assert.equal(json(await client.contract.evaluateTransaction('ReadAsset', id)).ID, id);
    const events = await client.channel.getChaincodeEvents(CHAINCODE, { startBlock: blockNumber });
    const [event] = await readUntil(events, () => true);
    assert.equal(event.transactionId, transactionId);
    const blocks = await client.channel.getBlockEvents({ startBlock: blockNumber });
    const [block] = await readUntil(blocks, () => true);
    assert.equal(BigInt(block.getHeader().getNumber()), blockNumber);
});

test('a client without TLS gets no connection', async () => {
    const plain = new grpc.Client(network.info.peer.address, grpc.credentials.createInsecure());
    const outcome = await new Promise((resolve) => plain.waitForReady(Date.now() + 1_000, resolve));
    plain.close();
    assert.ok(outcome instanceof Error);
});
