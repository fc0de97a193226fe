// The SDK before the Gateway service: npm's fabric-network collects endorsements and orders by itself. It is given the connection
// profile that the network writes, and finds peer and orderer in it.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import fabricNetwork from 'fabric-network';

import { assetArguments, json, newAssetId, rejection, text } from '../assets.mjs';
import { CHAINCODE, startNetwork } from '../network.mjs';

const { Gateway, Wallets } = fabricNetwork;

for (const { title, flags } of [
    { title: 'without TLS', flags: [] },
    { title: 'with TLS', flags: ['--tls'] },
    { title: 'with mutual TLS', flags: ['--mutual-tls'] },
]) {
    describe(title, () => {
        let network;
        let gateway;
        let contract;
        let channel;

        before(async () => {
            network = await startNetwork({ flags });
            gateway = new Gateway();
            const profile = JSON.parse(await readFile(join(network.data, 'connection-org1.json'), 'utf8'));
            const { user, channel_id: channelId } = network.info;
            const wallet = await Wallets.newInMemoryWallet();
            await wallet.put('user', {
                type: 'X.509',
                mspId: user.msp_id,
                credentials: {
                    certificate: await only(join(user.msp_dir, 'signcerts')),
                    privateKey: await only(join(user.msp_dir, 'keystore')),
                },
            });
            const options = { wallet, identity: 'user', discovery: { enabled: false } };
            if (user.tls_dir) {
                await wallet.put('tls', {
                    type: 'X.509',
                    mspId: user.msp_id,
                    credentials: {
                        certificate: await readFile(join(user.tls_dir, 'client.crt'), 'utf8'),
                        privateKey: await readFile(join(user.tls_dir, 'client.key'), 'utf8'),
                    },
                });
                options.clientTlsIdentity = 'tls';
            }
            await gateway.connect(profile, options);
            channel = await gateway.getNetwork(channelId);
            contract = channel.getContract(CHAINCODE);
        });

        after(async () => {
            gateway?.disconnect();
            assert.equal(await network?.stop(), 0, 'the peer ends cleanly on SIGINT');
        });

        test('submit waits for the commit, evaluate reads it', async () => {
            const id = newAssetId();
            await contract.submitTransaction('CreateAsset', ...assetArguments(id));
            assert.equal(json(await contract.evaluateTransaction('ReadAsset', id)).Owner, 'Tomoko');
        });

        test('the message of a refused endorsement arrives', async () => {
            const id = newAssetId();
            const error = await rejection(contract.submitTransaction('DeleteAsset', id));
            assert.match(error.message, new RegExp(`asset ${id} does not exist`));
        });

        test('contract events, and full, filtered and private blocks', async () => {
            const id = newAssetId();
            const transaction = contract.createTransaction('CreateAsset');
            const transactionId = transaction.getTransactionId();
            const events = firstOf((listener) => contract.addContractListener(listener), (event) => json(event.payload).ID === id);
            const blocks = {};
            for (const type of ['full', 'filtered', 'private']) {
                const has = (event) => event.getTransactionEvents().some((found) => found.transactionId === transactionId);
                blocks[type] = firstOf((listener) => channel.addBlockListener(listener, { type }), has);
            }
            await transaction.submit(...assetArguments(id));
            const event = await events;
            assert.equal(event.eventName, 'CreateAsset');
            assert.equal(event.getTransactionEvent().transactionId, transactionId);
            for (const type of Object.keys(blocks)) {
                const ids = (await blocks[type]).getTransactionEvents().map((found) => found.transactionId);
                assert.ok(ids.includes(transactionId), `${type}: ${ids}`);
            }
        });

        test('discovery, which is on by default, finds peer and orderer', async () => {
            const profile = JSON.parse(await readFile(join(network.data, 'connection-org1.json'), 'utf8'));
            // Everything but the peer to ask has to be discovered.
            delete profile.orderers;
            delete profile.channels;
            const other = new Gateway();
            const options = { ...gateway.getOptions(), discovery: { enabled: true, asLocalhost: true } };
            await other.connect(profile, options);
            try {
                const found = (await other.getNetwork(network.info.channel_id)).getContract(CHAINCODE);
                const id = newAssetId();
                await found.submitTransaction('CreateAsset', ...assetArguments(id));
                assert.equal(json(await found.evaluateTransaction('ReadAsset', id)).Owner, 'Tomoko');
                const nothing = (await other.getNetwork(network.info.channel_id)).getContract('unknown');
                const error = await rejection(nothing.submitTransaction('CreateAsset'));
                assert.match(error.message, /unknown/);
            } finally {
                other.disconnect();
            }
        });

        test('system chaincodes are called by old clients', async () => {
            const qscc = channel.getContract('qscc');
            assert.ok((await qscc.evaluateTransaction('GetChainInfo', network.info.channel_id)).length > 0);
            const cscc = channel.getContract('cscc');
            assert.match(text(await cscc.evaluateTransaction('GetChannels')), new RegExp(network.info.channel_id));
        });
    });
}

/** The first of the events that a listener gets and that is wanted. */
function firstOf(listen, wanted) {
    return new Promise((resolve, reject) => {
        const listener = async (event) => {
            if (wanted(event)) resolve(event);
        };
        Promise.resolve(listen(listener)).catch(reject);
    });
}

async function only(folder) {
    const [name] = await readdir(folder);
    return readFile(join(folder, name), 'utf8');
}
