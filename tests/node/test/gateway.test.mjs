// Submitting and evaluating through the Gateway service.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import * as grpc from '@grpc/grpc-js';
import { CommitError, EndorseError, GatewayError, StatusCode } from '@hyperledger/fabric-gateway';

import { assetArguments, json, newAssetId, rejection, text, words } from '../assets.mjs';
import { startNetwork } from '../network.mjs';

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

test('submit, then evaluate reads what was committed', async () => {
    const id = newAssetId();
    await client.contract.submitTransaction('CreateAsset', ...assetArguments(id));
    const asset = json(await client.contract.evaluateTransaction('ReadAsset', id));
    assert.deepEqual(asset, { ID: id, Color: 'yellow', Size: 5, Owner: 'Tomoko', AppraisedValue: 1300 });
    assert.equal(text(await client.contract.evaluateTransaction('AssetExists', id)), 'true');
});

test('the whole life of an asset', async () => {
    await client.contract.submitTransaction('InitLedger');
    assert.equal(json(await client.contract.evaluateTransaction('GetAllAssets')).length >= 6, true);
    await client.contract.submitTransaction('UpdateAsset', 'asset1', 'green', '9', 'Brad', '400');
    assert.equal(json(await client.contract.evaluateTransaction('ReadAsset', 'asset1')).Color, 'green');
    await client.contract.submitTransaction('DeleteAsset', 'asset1');
    assert.equal(text(await client.contract.evaluateTransaction('AssetExists', 'asset1')), 'false');
});

test('evaluate leaves no trace', async () => {
    const id = newAssetId();
    await client.contract.evaluateTransaction('CreateAsset', ...assetArguments(id));
    assert.equal(text(await client.contract.evaluateTransaction('AssetExists', id)), 'false');
});

test('submitAsync gives the result before the commit, and then the status', async () => {
    const id = newAssetId();
    await client.contract.submitTransaction('CreateAsset', ...assetArguments(id, 'Jin Soo'));
    const submitted = await client.contract.submitAsync('TransferAsset', { arguments: [id, 'Max'] });
    assert.equal(text(submitted.getResult()), 'Jin Soo');
    const status = await submitted.getStatus();
    assert.equal(status.successful, true);
    assert.equal(status.code, StatusCode.VALID);
    assert.equal(status.transactionId, submitted.getTransactionId());
    assert.equal(status.blockNumber > 0n, true);
    assert.equal(json(await client.contract.evaluateTransaction('ReadAsset', id)).Owner, 'Max');
});

test('a refusal of the contract reaches the client with its details', async () => {
    const id = newAssetId();
    const error = await rejection(client.contract.submitTransaction('UpdateAsset', ...assetArguments(id)));
    assert.ok(error instanceof EndorseError, `${error}`);
    assert.equal(error.code, grpc.status.ABORTED);
    assert.match(error.transactionId, /^[0-9a-f]{64}$/);
    assert.equal(error.details.length, 1);
    const [detail] = error.details;
    assert.equal(detail.mspId, network.info.peer.msp_id);
    assert.equal(detail.address, network.info.peer.address);
    assert.match(detail.message, /^chaincode response 500, /);
    assert.match(detail.message, new RegExp(`the asset ${id} does not exist`));
});

test('a refused evaluation too', async () => {
    const id = newAssetId();
    const error = await rejection(client.contract.evaluateTransaction('ReadAsset', id));
    assert.ok(error instanceof GatewayError, `${error}`);
    assert.match(error.details[0].message, new RegExp(`the asset ${id} does not exist`));
});

test('an unknown function, chaincode and channel are refused', async () => {
    const cases = [
        [client.contract, /500/],
        [client.channel.getContract('nothing'), /nothing/],
        [client.gateway.getNetwork('nowhere').getContract('nothing'), /nowhere/],
    ];
    for (const [contract, expected] of cases) {
        const error = await rejection(contract.submitTransaction('NoSuchFunction'));
        assert.ok(error instanceof GatewayError, `${error}`);
        assert.match(words(error), expected);
    }
});

test('of two transactions that read the same version one is invalid', async () => {
    const id = newAssetId();
    await client.contract.submitTransaction('CreateAsset', ...assetArguments(id));
    const proposals = ['Anna', 'Boris'].map((owner) =>
        client.contract.newProposal('TransferAsset', { arguments: [id, owner] }),
    );
    const transactions = await Promise.all(proposals.map((proposal) => proposal.endorse()));
    const commits = [];
    for (const transaction of transactions) commits.push(await transaction.submit());
    const [first, second] = await Promise.all(commits.map((commit) => commit.getStatus()));
    assert.equal(first.code, StatusCode.VALID);
    assert.equal(second.code, StatusCode.MVCC_READ_CONFLICT);
    assert.equal(second.successful, false);
    assert.equal(json(await client.contract.evaluateTransaction('ReadAsset', id)).Owner, 'Anna');
});

test('the same transaction twice is committed once', async () => {
    const id = newAssetId();
    const proposal = client.contract.newProposal('CreateAsset', { arguments: assetArguments(id) });
    const transaction = await proposal.endorse();
    const first = await (await transaction.submit()).getStatus();
    assert.equal(first.code, StatusCode.VALID);
    const again = await (await transaction.submit()).getStatus();
    assert.deepEqual([again.code, again.blockNumber], [first.code, first.blockNumber], 'the first commit stands');
    const error = await rejection(proposal.endorse());
    assert.match(words(error), /duplicate transaction found/);
});

test('submit reports an invalid transaction as an error', async () => {
    const id = newAssetId();
    await client.contract.submitTransaction('CreateAsset', ...assetArguments(id));
    const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, n) => client.contract.submitTransaction('TransferAsset', id, `owner${n}`)),
    );
    const refused = results.filter((result) => result.status === 'rejected').map((result) => result.reason);
    for (const error of refused) {
        assert.ok(error instanceof CommitError, `${error}`);
        assert.equal(error.code, StatusCode.MVCC_READ_CONFLICT);
    }
    assert.equal(results.some((result) => result.status === 'fulfilled'), true);
});

test('transient data reaches the contract and is not in the block', async () => {
    const id = newAssetId();
    const secret = `secret-${id}`;
    await client.contract.submit('CreateAsset', {
        arguments: assetArguments(id),
        transientData: { secret: Buffer.from(secret) },
    });
    const blocks = await client.channel.getBlockEvents({ startBlock: 0n });
    try {
        for await (const block of blocks) {
            const bytes = Buffer.from(block.serializeBinary());
            assert.equal(bytes.includes(secret), false);
            if (bytes.includes(id)) return;
        }
    } finally {
        blocks.close();
    }
});
