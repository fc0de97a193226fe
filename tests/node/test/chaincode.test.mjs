// Chaincode in a process of its own, made with Fabric's own shim for Node, which registers at the peer.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

import { json, readUntil, rejection, text, words } from '../assets.mjs';
import { startNetwork } from '../network.mjs';

const NAME = 'shim';
const ID = 'shim:1.0';

let network;
let client;
let contract;
let running;

/** Starts the chaincode, and returns when the peer knows it. */
async function startChaincode() {
    const address = network.info.chaincode_address;
    const args = ['chaincode/index.cjs', '--peer.address', address, '--chaincode-id-name', ID];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    await network.logged(`chaincode ${ID} is connected`);
    return child;
}

before(async () => {
    network = await startNetwork();
    running = await startChaincode();
    const definition = ['-C', network.info.channel_id, '-n', NAME, '-v', '1.0', '--sequence', '1'];
    // Without a package id: in development, what runs registers under the definition's name and version.
    await network.peer('lifecycle', 'chaincode', 'approveformyorg', ...definition);
    await network.peer('lifecycle', 'chaincode', 'commit', ...definition);
    client = await network.connect();
    contract = client.channel.getContract(NAME);
});

after(async () => {
    client?.close();
    running?.kill();
    assert.equal(await network?.stop(), 0, 'the peer ends cleanly on SIGINT');
});

const submit = async (...args) => text(await contract.submitTransaction(...args));
const evaluate = async (...args) => text(await contract.evaluateTransaction(...args));

test('state, ranges of many batches, and pages', async () => {
    await submit('put', 'a', '1');
    assert.equal(await evaluate('get', 'a'), '1');
    await submit('putMany', 'k', '250');
    assert.equal(await evaluate('count', 'k', 'l'), '250');
    assert.equal(await evaluate('range', 'k0000', 'k0002'), 'k0000=0,k0001=1');
    assert.equal(await evaluate('page', 'k', 'l', '2', ''), 'k0000=0,k0001=1|2|k0002');
    assert.equal(await evaluate('page', 'k', 'l', '2', 'k0249'), 'k0249=249|1|');
    await submit('remove', 'a');
    assert.equal(await evaluate('get', 'a'), '');
});

test('a range of several batches is valid as long as it stays the same', async () => {
    const counted = await contract.submitAsync('count', { arguments: ['k', 'l'] });
    assert.equal((await counted.getStatus()).successful, true);
});

test('composite keys, history and key policies', async () => {
    await submit('composite', 'color', 'blue', '1');
    await submit('composite', 'color', 'red', '2');
    assert.equal(await evaluate('partial', 'color'), 'blue/1,red/2');
    for (const value of ['1', '2', '3']) await submit('put', 'h', value);
    await submit('remove', 'h');
    assert.equal(await evaluate('history', 'h'), 'deleted,3,2,1');
    await submit('put', 'guarded', '1');
    await submit('policy', 'guarded');
    await submit('put', 'guarded', '2');
    assert.equal(await evaluate('get', 'guarded'), '2');
});

test('the proposal reaches the chaincode', async () => {
    assert.equal(await evaluate('facts'), `${network.info.channel_id} 64 Org1MSP`);
    const secret = await contract.evaluate('secret', { transientData: { secret: 'hush' } });
    assert.equal(text(secret), 'hush');
});

test('events of the chaincode reach listeners', async () => {
    const submitted = await contract.submitAsync('event', { arguments: ['moved', 'far'] });
    const { blockNumber } = await submitted.getStatus();
    const events = await client.channel.getChaincodeEvents(NAME, { startBlock: blockNumber });
    const [event] = await readUntil(events, () => true);
    assert.equal(event.eventName, 'moved');
    assert.equal(text(event.payload), 'far');
});

test('chaincode processes and contracts call each other', async () => {
    await submit('call', 'asset-transfer-basic', 'CreateAsset', 'from-node', 'blue', '5', 'Tom', '300');
    assert.equal(json(await client.contract.evaluateTransaction('ReadAsset', 'from-node')).Owner, 'Tom');
    assert.match(await evaluate('call', 'asset-transfer-basic', 'AssetExists', 'from-node'), /^200:true$/);
    const refused = await rejection(contract.submitTransaction('call', NAME, 'facts'));
    assert.match(words(refused), /exists/);
});

test('failures reach the client', async () => {
    assert.match(words(await rejection(contract.submitTransaction('fail', 'out of cheese'))), /out of cheese/);
    const refused = words(await rejection(contract.submitTransaction('query', '{}')));
    assert.match(refused, /GET_QUERY_RESULT failed: transaction ID: [0-9a-f]{64}: ExecuteQuery not supported/);
});

test('a chaincode that ends is missed, and welcome back', async () => {
    running.kill();
    await once(running, 'exit');
    await network.logged(`chaincode ${ID} is disconnected`);
    const error = await rejection(contract.evaluateTransaction('facts'));
    assert.match(words(error), /could not launch chaincode shim:1.0/);
    running = await startChaincode();
    assert.match(await evaluate('facts'), /Org1MSP/);
});
