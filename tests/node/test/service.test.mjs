// Chaincode as a service, made with Fabric's own shim for Node: the peer connects to it.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { rejection, text, words } from '../assets.mjs';
import { CHAINCODE, startNetwork } from '../network.mjs';

const NAME = 'service';

let network;
let client;
let contract;
let address;
let packageId;
let server;

async function freeAddress() {
    const socket = createServer().listen(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    await once(socket, 'close');
    return `127.0.0.1:${port}`;
}

/** A package as people make it by hand. */
async function makePackage() {
    const folder = network.folder;
    const tar = (...args) => promisify(execFile)('tar', ['-C', folder, '-czf', ...args]);
    await writeFile(join(folder, 'connection.json'), JSON.stringify({ address, dial_timeout: '5s', tls_required: false }));
    await tar(join(folder, 'code.tar.gz'), 'connection.json');
    await writeFile(join(folder, 'metadata.json'), JSON.stringify({ type: 'ccaas', label: `${NAME}_1.0` }));
    const file = join(folder, `${NAME}.tgz`);
    await tar(file, 'metadata.json', 'code.tar.gz');
    return file;
}

async function startServer() {
    const child = spawn(process.execPath, ['chaincode/index.cjs'], {
        env: { ...process.env, CHAINCODE_SERVER_ADDRESS: address, CHAINCODE_ID: packageId },
        stdio: ['ignore', 'inherit', 'inherit'],
    });
    return child;
}

/** Until the server listens a call fails at once, and says so. */
async function whenServed(call) {
    for (let attempt = 0; ; attempt += 1) {
        try {
            return await call();
        } catch (error) {
            if (attempt === 200 || !/the chaincode server .* is of no use/.test(words(error))) throw error;
            await new Promise((resume) => setTimeout(resume, 50));
        }
    }
}

before(async () => {
    network = await startNetwork();
    address = await freeAddress();
    const file = await makePackage();
    packageId = (await network.peer('lifecycle', 'chaincode', 'calculatepackageid', file)).stdout.trim();
    const installed = await network.peer('chaincode', 'install', file);
    assert.match(installed.stdout, /^Chaincode service is installed and can be invoked\.\nPackage ID: service_1\.0:/);
    client = await network.connect();
    contract = client.channel.getContract(NAME);
});

after(async () => {
    client?.close();
    server?.kill();
    assert.equal(await network?.stop(), 0, 'the peer ends cleanly on SIGINT');
});

test('without its server it cannot be called, and the error says where it should be', async () => {
    const error = words(await rejection(contract.evaluateTransaction('facts')));
    assert.match(error, new RegExp(`the chaincode server ${address} is of no use: cannot connect to ${address}`));
});

test('the peer connects when it is called', async () => {
    server = await startServer();
    await whenServed(() => contract.submitTransaction('put', 'a', '1'));
    assert.equal(text(await contract.evaluateTransaction('get', 'a')), '1');
    assert.match(text(await contract.evaluateTransaction('facts')), / 64 Org1MSP$/);
});

test('and again when the server was away', async () => {
    server.kill();
    await once(server, 'exit');
    await network.logged(`chaincode ${packageId} is disconnected`);
    server = await startServer();
    assert.equal(text(await whenServed(() => contract.evaluateTransaction('get', 'a'))), '1');
});

test('a server with another name is refused', async () => {
    server.kill();
    await once(server, 'exit');
    await network.logged(`chaincode ${packageId} is disconnected`);
    const right = packageId;
    packageId = 'somebody:else';
    server = await startServer();
    packageId = right;
    const refused = async () => {
        for (;;) {
            const error = words(await rejection(contract.evaluateTransaction('facts')));
            if (!error.includes('cannot connect')) return error;
        }
    };
    assert.match(await refused(), /it says that it is somebody:else; its CHAINCODE_ID must be service_1\.0:/);
});

test('calls that wait for a silent server keep nobody else waiting', async () => {
    server.kill();
    await once(server, 'exit');
    const [host, port] = address.split(':');
    const sockets = new Set();
    const silent = createServer((socket) => sockets.add(socket.on('error', () => {}))).listen(Number(port), host);
    await once(silent, 'listening');
    let settled = 0;
    const calls = Array.from({ length: 40 }, async () => {
        const error = words(await rejection(contract.evaluateTransaction('facts')));
        settled += 1;
        return error;
    });
    if (sockets.size === 0) await once(silent, 'connection');
    const assets = client.channel.getContract(CHAINCODE);
    assert.equal(text(await assets.evaluateTransaction('GetAllAssets')), '[]');
    assert.equal(settled, 0, 'all of them still wait');
    silent.close();
    // Whoever comes after the first attempt has failed starts another one, which finds nobody.
    for (const socket of sockets) socket.destroy();
    for (const error of await Promise.all(calls)) assert.match(error, /the chaincode server .* is of no use/);
});
