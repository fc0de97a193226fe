// External builders: a package of JavaScript is installed, and the peer has a builder start it with Fabric's own shim.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { json, rejection, text, words } from '../assets.mjs';
import { startNetwork } from '../network.mjs';

const NAME = 'built';
const HERE = dirname(dirname(fileURLToPath(import.meta.url)));

/** The shim lies where the tests' packages do, and the builder passes that on. */
const variables = {
    CORE_CHAINCODE_EXTERNALBUILDERS: JSON.stringify([
        { name: 'node-builder', path: join(HERE, 'builder'), propagateEnvironment: ['NODE_PATH'] },
    ]),
    NODE_PATH: join(HERE, 'node_modules'),
};

/** A package of the tests' chaincode; a `broken` one has a file more. */
async function makePackage(folder, label, { broken = false, type = 'node' } = {}) {
    const work = join(folder, `package-${label}`);
    await mkdir(join(work, 'src'), { recursive: true });
    await cp(join(HERE, 'chaincode'), join(work, 'src'), { recursive: true });
    if (broken) await writeFile(join(work, 'src', 'broken'), '');
    await writeFile(join(work, 'metadata.json'), JSON.stringify({ type, path: '', label }));
    const tar = (...args) => promisify(execFile)('tar', ['-C', work, '-czf', ...args]);
    await tar(join(work, 'code.tar.gz'), 'src');
    const file = join(folder, `${label}.tgz`);
    await tar(file, 'metadata.json', 'code.tar.gz');
    return file;
}

/** The processes that run the chaincode, as the kernel has them. */
async function processes(packageId) {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,args=']);
    const directory = packageId.replaceAll(':', '-');
    const found = stdout.split('\n').filter((line) => line.includes(`${directory}/bld/src/index.cjs`));
    return found.map((line) => Number(line.trim().split(' ')[0]));
}

for (const flags of [[], ['--tls']]) {
    test(`chaincode that a builder starts${flags.map((flag) => ` with ${flag}`).join('')}`, async () => {
        const network = await startNetwork({ flags, variables });
        const { folder } = network;
        let client;
        let packageId;
        try {
            const file = await makePackage(folder, `${NAME}_1.0`);
            await network.peer('chaincode', 'install', file);
            packageId = (await network.peer('lifecycle', 'chaincode', 'calculatepackageid', file)).stdout.trim();
            await network.logged('built it');
            client = await network.connect();
            const contract = client.channel.getContract(NAME);

            // Calls at once start one process.
            const calls = Array.from({ length: 8 }, () => contract.evaluateTransaction('facts'));
            for (const facts of await Promise.all(calls)) assert.match(text(facts), / 64 Org1MSP$/);
            const [pid, ...others] = await processes(packageId);
            assert.deepEqual(others, []);
            await contract.submitTransaction('put', 'a', '1');
            assert.equal(text(await contract.evaluateTransaction('get', 'a')), '1');
            await contract.submitTransaction('call', 'asset-transfer-basic', 'CreateAsset', 'x', 'blue', '5', 'Tom', '3');
            assert.equal(json(await client.contract.evaluateTransaction('ReadAsset', 'x')).Owner, 'Tom');

            // One that dies is started again.
            process.kill(pid, 'SIGKILL');
            await network.logged(`chaincode ${packageId} is disconnected`);
            assert.equal(text(await contract.evaluateTransaction('get', 'a')), '1');
            const [next] = await processes(packageId);
            assert.notEqual(next, pid);

            // The client of a failing build is told what its builder said.
            const broken = await makePackage(folder, 'broken_1.0', { broken: true });
            const error = await rejection(network.peer('lifecycle', 'chaincode', 'install', broken));
            assert.match(error.stderr, /external builder 'node-builder' failed: exit status 1; its output ends with:/);
            assert.match(error.stderr, /npm ERR! this will never work/);
            const foreign = await makePackage(folder, 'foreign_1.0', { type: 'cobol' });
            const refused = await rejection(network.peer('lifecycle', 'chaincode', 'install', foreign));
            assert.match(refused.stderr, /of type 'cobol'.* none of its external builders took it: node-builder/);
        } finally {
            client?.close();
            assert.equal(await network.stop(), 0, 'the peer ends cleanly on SIGINT');
        }
        assert.deepEqual(await processes(packageId), [], 'the chaincode ends with its peer');
    });
}

test('a builder that is not there is named, and the peer starts', async () => {
    const gone = JSON.stringify([{ name: 'gone', path: '/nowhere' }]);
    const other = await startNetwork({ variables: { CORE_CHAINCODE_EXTERNALBUILDERS: gone } });
    await other.logged("external builder 'gone' takes no package: /nowhere is no directory");
    assert.equal(await other.stop(), 0);
});
