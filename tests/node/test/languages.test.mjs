// The same contract in another language does the same, to the byte.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { CommitError } from '@hyperledger/fabric-gateway';

import { readUntil, rejection, text, words } from '../assets.mjs';
import { CHAINCODE, startNetwork } from '../network.mjs';

const OTHER = `${CHAINCODE}-assemblyscript`;

let network;
let client;

before(async () => {
    network = await startNetwork();
    await network.peer('chaincode', 'install', process.env.WEFT_CONTRACT_ASSEMBLYSCRIPT);
    client = await network.connect();
});

after(async () => {
    client?.close();
    assert.equal(await network?.stop(), 0, 'the peer ends cleanly on SIGINT');
});

const STEPS = [
    ['submit', 'InitLedger'],
    ['evaluate', 'GetAllAssets'],
    ['submit', 'CreateAsset', 'asset7', 'grün "ä" \u{1f600}', '-5', 'Tomoko\n', '9007199254740993'],
    ['submit', 'CreateAsset', 'asset7', 'blue', '5', 'Tomoko', '300'],
    ['evaluate', 'ReadAsset', 'asset7'],
    ['submit', 'UpdateAsset', 'asset7', 'red', '6', 'Ada', '1815'],
    ['submit', 'UpdateAsset', 'nothing', 'red', '6', 'Ada', '1815'],
    ['submit', 'TransferAsset', 'asset7', 'Grace'],
    ['submit', 'TransferAsset', 'nothing', 'Grace'],
    ['evaluate', 'AssetExists', 'asset7'],
    ['submit', 'DeleteAsset', 'asset7'],
    ['submit', 'DeleteAsset', 'asset7'],
    ['evaluate', 'AssetExists', 'asset7'],
    ['evaluate', 'ReadAsset', 'asset7'],
    ['evaluate', 'NoSuchFunction'],
    ['submit', 'CreateAsset', 'asset8'],
    ['submit', 'CreateAsset', 'asset8', 'red', 'many', 'Ada', '1'],
    ['evaluate', 'GetAllAssets'],
];

/** Takes all steps and tells what each one gave. */
async function record(chaincode) {
    const contract = client.channel.getContract(chaincode);
    const outcomes = [];
    for (const [kind, name, ...args] of STEPS) {
        try {
            const call = kind === 'submit' ? contract.submitTransaction : contract.evaluateTransaction;
            outcomes.push([name, text(await call.call(contract, name, ...args))]);
        } catch (error) {
            assert.equal(error instanceof CommitError, false, `${error}`);
            outcomes.push([name, words(error)]);
        }
    }
    const events = await client.channel.getChaincodeEvents(chaincode, { startBlock: 0n });
    const read = await readUntil(events, (event) => event.eventName === 'DeleteAsset');
    return { outcomes, events: read.map((event) => [event.eventName, text(event.payload)]) };
}

test('results, refusals and events are the same', async () => {
    const [rust, assemblyscript] = [await record(CHAINCODE), await record(OTHER)];
    assert.deepEqual(assemblyscript, rust);
    assert.deepEqual(
        rust.events.map(([name]) => name),
        ['CreateAsset', 'UpdateAsset', 'TransferAsset', 'DeleteAsset'],
    );
});

test('each has its own state', async () => {
    const contract = client.channel.getContract(OTHER);
    await contract.submitTransaction('CreateAsset', 'mine', 'red', '1', 'Ada', '1');
    const error = await rejection(client.contract.evaluateTransaction('ReadAsset', 'mine'));
    assert.match(words(error), /the asset mine does not exist/);
});
