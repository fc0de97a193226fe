// Assets with an owner: Fabric's sample contract "asset-transfer-basic".
//
// It answers like the sample does, and sets the events of the sample "asset-transfer-events".

import { Contract, evaluate, int64, string, stringify, submit } from 'fabric-contract';

const ASSET = [string('id'), string('color'), int64('size'), string('owner'), int64('appraised_value')];

export class AssetTransfer extends Contract {
    static transactions = {
        InitLedger: submit(),
        CreateAsset: submit(...ASSET),
        ReadAsset: evaluate(string('id')),
        UpdateAsset: submit(...ASSET),
        DeleteAsset: submit(string('id')),
        AssetExists: evaluate(string('id')),
        TransferAsset: submit(string('id'), string('new_owner')),
        GetAllAssets: evaluate(),
    };

    /** Adds a first set of assets. */
    InitLedger(ctx) {
        const assets = [
            { ID: 'asset1', Color: 'blue', Size: 5, Owner: 'Tomoko', AppraisedValue: 300 },
            { ID: 'asset2', Color: 'red', Size: 5, Owner: 'Brad', AppraisedValue: 400 },
            { ID: 'asset3', Color: 'green', Size: 10, Owner: 'Jin Soo', AppraisedValue: 500 },
            { ID: 'asset4', Color: 'yellow', Size: 10, Owner: 'Max', AppraisedValue: 600 },
            { ID: 'asset5', Color: 'black', Size: 15, Owner: 'Adriana', AppraisedValue: 700 },
            { ID: 'asset6', Color: 'white', Size: 15, Owner: 'Michel', AppraisedValue: 800 },
        ];
        for (const asset of assets) {
            ctx.stub.putJSON(asset.ID, asset);
        }
    }

    /** Issues a new asset. */
    CreateAsset(ctx, id, color, size, owner, appraisedValue) {
        if (this.AssetExists(ctx, id)) {
            throw new Error(`the asset ${id} already exists`);
        }
        const asset = { ID: id, Color: color, Size: size, Owner: owner, AppraisedValue: appraisedValue };
        putWithEvent(ctx, 'CreateAsset', asset);
    }

    /** Returns one asset. */
    ReadAsset(ctx, id) {
        return existing(id, ctx.stub.getState(id));
    }

    /** Replaces an asset. */
    UpdateAsset(ctx, id, color, size, owner, appraisedValue) {
        existing(id, ctx.stub.getState(id));
        const asset = { ID: id, Color: color, Size: size, Owner: owner, AppraisedValue: appraisedValue };
        putWithEvent(ctx, 'UpdateAsset', asset);
    }

    /** Removes an asset. */
    DeleteAsset(ctx, id) {
        const asset = existing(id, ctx.stub.getState(id));
        ctx.stub.setEvent('DeleteAsset', asset);
        ctx.stub.deleteState(id);
    }

    /** Tells whether an asset exists. */
    AssetExists(ctx, id) {
        return ctx.stub.getState(id) !== undefined;
    }

    /** Gives an asset to another owner and returns the old one. */
    TransferAsset(ctx, id, newOwner) {
        const asset = existing(id, ctx.stub.getJSON(id));
        putWithEvent(ctx, 'TransferAsset', { ...asset, Owner: newOwner });
        return asset.Owner;
    }

    /** Returns all assets. */
    GetAllAssets(ctx) {
        const decoder = new TextDecoder();
        const assets = Array.from(ctx.stub.getStateByRange('', ''), ({ value }) => decoder.decode(value));
        return `[${assets.join(',')}]`;
    }
}

function existing(id, asset) {
    if (asset === undefined) {
        throw new Error(`the asset ${id} does not exist`);
    }
    return asset;
}

function putWithEvent(ctx, event, asset) {
    const json = stringify(asset);
    ctx.stub.setEvent(event, json);
    ctx.stub.putState(asset.ID, json);
}
