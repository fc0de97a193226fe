// The same network with TLS, which one flag turns on, and with mutual TLS, for which it takes another.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import * as grpc from '@grpc/grpc-js';

import { assetArguments, json, newAssetId, readUntil } from '../assets.mjs';
import { CHAINCODE, startNetwork } from '../network.mjs';

const REFUSAL_TIMEOUT_MS = 1_000;

for (const flag of ['--tls', '--mutual-tls']) {
    describe(flag, () => {
        let network;
        let client;

        before(async () => {
            network = await startNetwork({ flags: [flag] });
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
            assert.ok((await connecting(network, grpc.credentials.createInsecure())) instanceof Error);
        });

        test('a client without a certificate gets one where none is asked for', async () => {
            const root = await readFile(network.info.peer.tls_ca_file);
            const outcome = await asking(network, grpc.credentials.createSsl(root));
            // The service is there and does not know the method; or there is no service.
            const { UNIMPLEMENTED, UNAVAILABLE } = grpc.status;
            assert.equal(outcome.code, flag === '--tls' ? UNIMPLEMENTED : UNAVAILABLE, outcome.message);
        });
    });
}

/** What becomes of a connection: an error, or nothing. */
async function connecting(network, credentials) {
    const client = new grpc.Client(network.info.peer.address, credentials);
    const outcome = await new Promise((resolve) => {
        client.waitForReady(Date.now() + REFUSAL_TIMEOUT_MS, resolve);
    });
    client.close();
    return outcome;
}

/** The error with which a call of a method that no service has ends. */
async function asking(network, credentials) {
    const client = new grpc.Client(network.info.peer.address, credentials);
    const same = (bytes) => bytes;
    const error = await new Promise((resolve) => {
        client.makeUnaryRequest('/none.None/None', same, same, Buffer.alloc(0), (failed) => resolve(failed));
    });
    client.close();
    return error;
}
