// Assets with an owner: Fabric's sample contract "asset-transfer-basic".
//
// It answers like the sample does, and sets the events of the sample "asset-transfer-events".

import { Contract, evaluate, int64, string, stringify, submit } from 'fabric-contract';
import type { Context } from 'fabric-contract';

interface Asset {
    ID: string;
    Color: string;
    /** A bigint where a number is not exact. */
    Size: number | bigint;
    Owner: string;
    AppraisedValue: number | bigint;
}

export class AssetTransfer extends Contract {
    /** Adds a first set of assets. */
    @submit()
    InitLedger(ctx: Context): void {
        const assets: Asset[] = [
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
    @submit(string('id'), string('color'), int64('size'), string('owner'), int64('appraised_value'))
    CreateAsset(ctx: Context, id: string, color: string, size: bigint, owner: string, appraisedValue: bigint): void {
        if (this.AssetExists(ctx, id)) {
            throw new Error(`the asset ${id} already exists`);
        }
        const asset = { ID: id, Color: color, Size: size, Owner: owner, AppraisedValue: appraisedValue };
        putWithEvent(ctx, 'CreateAsset', asset);
    }

    /** Returns one asset. */
    @evaluate(string('id'))
    ReadAsset(ctx: Context, id: string): Uint8Array {
        return existing(id, ctx.stub.getState(id));
    }

    /** Replaces an asset. */
    @submit(string('id'), string('color'), int64('size'), string('owner'), int64('appraised_value'))
    UpdateAsset(ctx: Context, id: string, color: string, size: bigint, owner: string, appraisedValue: bigint): void {
        existing(id, ctx.stub.getState(id));
        const asset = { ID: id, Color: color, Size: size, Owner: owner, AppraisedValue: appraisedValue };
        putWithEvent(ctx, 'UpdateAsset', asset);
    }

    /** Removes an asset. */
    @submit(string('id'))
    DeleteAsset(ctx: Context, id: string): void {
        const asset = existing(id, ctx.stub.getState(id));
        ctx.stub.setEvent('DeleteAsset', asset);
        ctx.stub.deleteState(id);
    }

    /** Tells whether an asset exists. */
    @evaluate(string('id'))
    AssetExists(ctx: Context, id: string): boolean {
        return ctx.stub.getState(id) !== undefined;
    }

    /** Gives an asset to another owner and returns the old one. */
    @submit(string('id'), string('new_owner'))
    TransferAsset(ctx: Context, id: string, newOwner: string): string {
        const asset = existing(id, ctx.stub.getJSON<Asset>(id));
        putWithEvent(ctx, 'TransferAsset', { ...asset, Owner: newOwner });
        return asset.Owner;
    }

    /** Returns all assets. */
    @evaluate()
    GetAllAssets(ctx: Context): string {
        const decoder = new TextDecoder();
        const assets = Array.from(ctx.stub.getStateByRange('', ''), ({ value }) => decoder.decode(value));
        return `[${assets.join(',')}]`;
    }
}

function existing<T>(id: string, asset: T | undefined): T {
    if (asset === undefined) {
        throw new Error(`the asset ${id} does not exist`);
    }
    return asset;
}

function putWithEvent(ctx: Context, event: string, asset: Asset): void {
    const json = stringify(asset);
    ctx.stub.setEvent(event, json);
    ctx.stub.putState(asset.ID, json);
}
