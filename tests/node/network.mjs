// A development network in a process of its own, and what a client needs to talk to it.
//
// WEFT_PEER names the `peer` program and WEFT_CONTRACT the contract to install; the Rust test `node_sdk` sets both.

import { spawn, execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import * as grpc from '@grpc/grpc-js';
import { connect, hash, signers } from '@hyperledger/fabric-gateway';

const START_TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 20;
const CALL_TIMEOUT_MS = 30_000;

export const CHAINCODE = 'asset-transfer-basic';

/** Starts a network with the contract installed. `flags` are added to `peer node start`, `variables` to its environment. */
export async function startNetwork({ flags = [], variables = {} } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'weft-node-'));
    const data = join(folder, 'data');
    const logName = join(folder, 'peer.log');
    const log = await open(logName, 'w');
    const ports = ['--peer-port', '0', '--orderer-port', '0', '--chaincode-port', '0'];
    const child = spawn(program(), ['node', 'start', '--chaincode-dev', '--data-dir', data, ...ports, ...flags], {
        env: { ...environment(), ...variables },
        stdio: ['ignore', log.fd, log.fd],
    });
    const failed = async (what) => {
        await log.close();
        return new Error(`the peer ${what}\n${await readFile(logName, 'utf8')}`);
    };
    const deadline = Date.now() + START_TIMEOUT_MS;
    let info;
    while (info === undefined) {
        if (child.exitCode !== null) throw await failed(`ended with code ${child.exitCode}`);
        if (Date.now() > deadline) throw await failed('was not ready in time');
        info = await readNetwork(data);
        if (info === undefined) await new Promise((resume) => setTimeout(resume, POLL_INTERVAL_MS));
    }
    const network = new Network(child, folder, data, info, log);
    await network.peer('chaincode', 'install', required('WEFT_CONTRACT'));
    return network;
}

/** A running network. */
class Network {
    constructor(child, folder, data, info, log) {
        Object.assign(this, { child, folder, data, info, log });
    }

    /** Runs the `peer` command; it finds the network by its directory. */
    async peer(...args) {
        return promisify(execFile)(program(), args, { env: { ...environment(), WEFT_DEV_HOME: this.data } });
    }

    /** Waits until the peer has logged a text once more than it had when this was last asked for. */
    async logged(text) {
        const seen = (this.seen ??= new Map());
        const wanted = (seen.get(text) ?? 0) + 1;
        const deadline = Date.now() + START_TIMEOUT_MS;
        for (;;) {
            const lines = await readFile(join(this.folder, 'peer.log'), 'utf8');
            if (lines.split(text).length - 1 >= wanted) break;
            if (Date.now() > deadline) throw new Error(`the peer did not log ${text}\n${lines}`);
            await new Promise((resume) => setTimeout(resume, POLL_INTERVAL_MS));
        }
        seen.set(text, wanted);
    }

    /** A gateway connection as the organisation's ordinary user. Without `signer` the caller signs by himself. */
    async connect({ offline = false } = {}) {
        const { peer, user } = this.info;
        const options = {};
        let credentials = grpc.credentials.createInsecure();
        if (peer.tls_ca_file) {
            const shown = user.tls_dir === undefined ? [] : await Promise.all([
                readFile(join(user.tls_dir, 'client.key')),
                readFile(join(user.tls_dir, 'client.crt')),
            ]);
            credentials = grpc.credentials.createSsl(await readFile(peer.tls_ca_file), ...shown);
            if (peer.tls_server_name) options['grpc.ssl_target_name_override'] = peer.tls_server_name;
        }
        const client = new grpc.Client(peer.address, credentials, options);
        const certificate = await readOnly(join(user.msp_dir, 'signcerts'));
        const key = createPrivateKey(await readOnly(join(user.msp_dir, 'keystore')));
        const signer = signers.newPrivateKeySigner(key);
        const soon = () => ({ deadline: Date.now() + CALL_TIMEOUT_MS });
        const gateway = connect({
            client,
            identity: { mspId: user.msp_id, credentials: certificate },
            signer: offline ? undefined : signer,
            hash: hash.sha256,
            evaluateOptions: soon,
            endorseOptions: soon,
            submitOptions: soon,
            commitStatusOptions: soon,
        });
        const channel = gateway.getNetwork(this.info.channel_id);
        const close = () => {
            gateway.close();
            client.close();
        };
        return { gateway, channel, contract: channel.getContract(CHAINCODE), signer, close };
    }

    /** Ends the network as Ctrl-C would and expects a clean end. */
    async stop() {
        if (this.child.exitCode === null) {
            this.child.kill('SIGINT');
            await once(this.child, 'exit');
        }
        await this.log.close();
        await rm(this.folder, { recursive: true });
        return this.child.exitCode;
    }
}

async function readNetwork(data) {
    try {
        return JSON.parse(await readFile(join(data, 'network.json'), 'utf8'));
    } catch (error) {
        if (error.code === 'ENOENT') return undefined;
        throw error;
    }
}

async function readOnly(folder) {
    const [name] = await readdir(folder);
    return readFile(join(folder, name));
}

/** The environment without the configuration of any other Fabric network. */
function environment() {
    const other = /^(CORE|ORDERER|FABRIC|WEFT_DEV)_/;
    return Object.fromEntries(Object.entries(process.env).filter(([name]) => !other.test(name)));
}

function program() {
    return required('WEFT_PEER');
}

function required(name) {
    const value = process.env[name];
    if (!value) throw new Error(`${name} is not set: run these tests through \`cargo xtask test\``);
    return value;
}
