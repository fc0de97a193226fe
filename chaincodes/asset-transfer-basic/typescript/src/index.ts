import { AssetTransfer } from './asset_transfer.js';

export const contracts = [AssetTransfer];
