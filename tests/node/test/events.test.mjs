// Chaincode events and block events, from a chosen start and after a checkpoint.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { checkpointers } from '@hyperledger/fabric-gateway';

import { assetArguments, json, newAssetId, readUntil } from '../assets.mjs';
import { CHAINCODE, startNetwork } from '../network.mjs';

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

/** Creates an asset and tells where the transaction is. */
async function create(id = newAssetId()) {
    const submitted = await client.contract.submitAsync('CreateAsset', { arguments: assetArguments(id) });
    const status = await submitted.getStatus();
    assert.equal(status.successful, true);
    return { id, transactionId: status.transactionId, blockNumber: status.blockNumber };
}

test('chaincode events from a start block', async () => {
    const first = await create();
    const second = await create();
    const events = await client.channel.getChaincodeEvents(CHAINCODE, { startBlock: first.blockNumber });
    const read = await readUntil(events, (event) => event.transactionId === second.transactionId);
    assert.deepEqual(
        read.map((event) => event.transactionId),
        [first.transactionId, second.transactionId],
    );
    const [event] = read;
    assert.equal(event.blockNumber, first.blockNumber);
    assert.equal(event.chaincodeName, CHAINCODE);
    assert.equal(event.eventName, 'CreateAsset');
    assert.equal(json(event.payload).ID, first.id);
});

test('without a start, only what comes after', async () => {
    const before = await create();
    const events = await client.channel.getChaincodeEvents(CHAINCODE);
    // The stream starts at the height that the peer has when the request arrives. Give it transactions until one comes.
    let running = true;
    const created = [];
    const creating = (async () => {
        while (running) created.push(await create());
    })();
    const read = await readUntil(events, () => true);
    running = false;
    await creating;
    assert.notEqual(read[0].transactionId, before.transactionId);
    assert.ok(created.some((one) => one.transactionId === read[0].transactionId));
});

test('chaincode events go on after a transaction id', async () => {
    const first = await create();
    const second = await create();
    const checkpoint = checkpointers.inMemory();
    await checkpoint.checkpointTransaction(first.blockNumber, first.transactionId);
    const events = await client.channel.getChaincodeEvents(CHAINCODE, { checkpoint });
    const read = await readUntil(events, () => true);
    assert.equal(read[0].transactionId, second.transactionId);
});

test('a checkpoint inside a block with several transactions skips only those before', async () => {
    const waiting = Array.from({ length: 6 }, () => {
        const proposal = client.contract.newProposal('CreateAsset', { arguments: assetArguments(newAssetId()) });
        return proposal.endorse();
    });
    const transactions = await Promise.all(waiting);
    const commits = await Promise.all(transactions.map((transaction) => transaction.submit()));
    const statuses = await Promise.all(commits.map((commit) => commit.getStatus()));
    const lowest = statuses.map((status) => status.blockNumber).reduce((a, b) => (a < b ? a : b));
    const ids = new Set(statuses.map((status) => status.transactionId));
    const all = [];
    const events = await client.channel.getChaincodeEvents(CHAINCODE, { startBlock: lowest });
    await readUntil(events, (event) => {
        if (ids.has(event.transactionId)) all.push(event);
        return all.length === ids.size;
    });
    const checkpoint = checkpointers.inMemory();
    await checkpoint.checkpointChaincodeEvent(all[2]);
    const rest = await client.channel.getChaincodeEvents(CHAINCODE, { checkpoint });
    const read = await readUntil(rest, (event) => event.transactionId === all[5].transactionId);
    assert.deepEqual(
        read.map((event) => event.transactionId),
        all.slice(3).map((event) => event.transactionId),
    );
});

test('a transaction that was not valid has no event', async () => {
    const { id, blockNumber } = await create();
    const proposals = ['Anna', 'Boris'].map((owner) =>
        client.contract.newProposal('TransferAsset', { arguments: [id, owner] }),
    );
    const transactions = await Promise.all(proposals.map((proposal) => proposal.endorse()));
    const statuses = [];
    for (const transaction of transactions) statuses.push(await (await transaction.submit()).getStatus());
    assert.deepEqual(
        statuses.map((status) => status.successful),
        [true, false],
    );
    const last = await create();
    const events = await client.channel.getChaincodeEvents(CHAINCODE, { startBlock: blockNumber });
    const read = await readUntil(events, (event) => event.transactionId === last.transactionId);
    assert.equal(read.some((event) => event.transactionId === statuses[1].transactionId), false);
});

test('blocks from the first one, each linked to the one before', async () => {
    const { blockNumber, transactionId } = await create();
    const events = await client.channel.getBlockEvents({ startBlock: 0n });
    const blocks = await readUntil(events, (block) => BigInt(block.getHeader().getNumber()) === blockNumber);
    assert.deepEqual(
        blocks.map((block) => block.getHeader().getNumber()),
        blocks.map((_, index) => index),
    );
    const last = blocks[blocks.length - 1];
    assert.equal(Buffer.from(last.serializeBinary()).includes(transactionId), true);
    assert.equal(last.getHeader().getPreviousHash_asU8().length, 32);
    assert.equal(last.getMetadata().getMetadataList().length, 5);
});

test('filtered blocks tell transaction ids, codes and names of events, without payloads', async () => {
    const { blockNumber, transactionId } = await create();
    const events = await client.channel.getFilteredBlockEvents({ startBlock: blockNumber });
    const [block] = await readUntil(events, () => true);
    assert.equal(BigInt(block.getNumber()), blockNumber);
    assert.equal(block.getChannelId(), network.info.channel_id);
    const transaction = block.getFilteredTransactionsList().find((one) => one.getTxid() === transactionId);
    assert.equal(transaction.getTxValidationCode(), 0);
    const [action] = transaction.getTransactionActions().getChaincodeActionsList();
    const event = action.getChaincodeEvent();
    assert.equal(event.getEventName(), 'CreateAsset');
    assert.equal(event.getChaincodeId(), CHAINCODE);
    assert.equal(event.getTxId(), transactionId);
    assert.equal(event.getPayload_asU8().length, 0);
});

test('block events go on after a checkpoint', async () => {
    const first = await create();
    const second = await create();
    for (const kind of ['getBlockEvents', 'getFilteredBlockEvents', 'getBlockAndPrivateDataEvents']) {
        const checkpoint = checkpointers.inMemory();
        await checkpoint.checkpointBlock(first.blockNumber);
        const events = await client.channel[kind]({ checkpoint });
        const [block] = await readUntil(events, () => true);
        const full = block.getBlock ? block.getBlock() : block;
        const number = full.getHeader ? full.getHeader().getNumber() : full.getNumber();
        assert.equal(BigInt(number), first.blockNumber + 1n, kind);
        assert.equal(BigInt(number) <= second.blockNumber, true, kind);
    }
});

test('events of another channel are refused', async () => {
    const events = await client.gateway.getNetwork('nowhere').getBlockEvents({ startBlock: 0n });
    await assert.rejects(readUntil(events, () => true));
});
