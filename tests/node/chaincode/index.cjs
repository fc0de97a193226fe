// A chaincode as Fabric's users write them for Node, with the calls of the shim that a peer has to answer.

'use strict';

const shim = require('fabric-shim');

const text = (bytes) => Buffer.from(bytes).toString();

const all = async (iterator, show) => {
    const found = [];
    for (let next = await iterator.next(); ; next = await iterator.next()) {
        if (next.value) found.push(show(next.value));
        if (next.done) break;
    }
    await iterator.close();
    return found.join(',');
};
const pairs = (iterator) => all(iterator, ({ key, value }) => `${key}=${text(value)}`);

const functions = {
    async put(stub, key, value) {
        await stub.putState(key, Buffer.from(value));
    },
    async get(stub, key) {
        return text(await stub.getState(key));
    },
    async putMany(stub, prefix, count) {
        for (let index = 0; index < Number(count); index += 1) {
            await stub.putState(`${prefix}${String(index).padStart(4, '0')}`, Buffer.from(String(index)));
        }
    },
    async remove(stub, key) {
        await stub.deleteState(key);
    },
    async count(stub, start, end) {
        return String((await pairs(await stub.getStateByRange(start, end))).split(',').length);
    },
    async range(stub, start, end) {
        return pairs(await stub.getStateByRange(start, end));
    },
    async page(stub, start, end, size, bookmark) {
        const { iterator, metadata } = await stub.getStateByRangeWithPagination(start, end, Number(size), bookmark);
        return `${await pairs(iterator)}|${metadata.fetchedRecordsCount}|${metadata.bookmark}`;
    },
    async composite(stub, type, ...attributes) {
        await stub.putState(stub.createCompositeKey(type, attributes), Buffer.from('1'));
    },
    async partial(stub, type) {
        const iterator = await stub.getStateByPartialCompositeKey(type, []);
        return all(iterator, ({ key }) => stub.splitCompositeKey(key).attributes.join('/'));
    },
    async history(stub, key) {
        const iterator = await stub.getHistoryForKey(key);
        return all(iterator, (entry) => (entry.isDelete ? 'deleted' : text(entry.value)));
    },
    async policy(stub, key) {
        // common.SignaturePolicyEnvelope: one signature of a member of Org1MSP.
        const policy = '120812060801120208001a0b12090a074f7267314d5350';
        await stub.setStateValidationParameter(key, Buffer.from(policy, 'hex'));
    },
    async event(stub, name, payload) {
        stub.setEvent(name, Buffer.from(payload));
    },
    async call(stub, name, ...args) {
        const answer = await stub.invokeChaincode(name, args, stub.getChannelID());
        return `${answer.status}:${text(answer.payload)}`;
    },
    async facts(stub) {
        return `${stub.getChannelID()} ${stub.getTxID().length} ${stub.getCreator().mspid}`;
    },
    async secret(stub) {
        return text(stub.getTransient().get('secret'));
    },
    async query(stub, query) {
        return pairs(await stub.getQueryResult(query));
    },
    async fail(stub, message) {
        throw new Error(message);
    },
};

class Chaincode {
    async Init() {
        return shim.success();
    }

    async Invoke(stub) {
        const { fcn, params } = stub.getFunctionAndParameters();
        try {
            return shim.success(Buffer.from((await functions[fcn](stub, ...params)) ?? ''));
        } catch (error) {
            return shim.error(error.message);
        }
    }
}

// As a service it waits for the peer; otherwise it goes to the peer itself.
const { CHAINCODE_SERVER_ADDRESS: address, CHAINCODE_ID: ccid } = process.env;
if (address) {
    shim.server(new Chaincode(), { ccid, address }).start();
} else {
    shim.start(new Chaincode());
}
