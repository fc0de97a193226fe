// Every call a contract can make to the peer, one function each, and every way to misbehave. For tests only.
//
// All languages offer the same functions, so that one list of checks is for all of them. Arguments and results are text: lists
// are joined by commas, pairs by `=`, what does not exist is `<none>`, hashes are hexadecimal.

import { Faults } from './faults.js';
import { Ledger } from './ledger.js';
import { Private } from './private.js';
import { Proposal } from './proposal.js';

export const contracts = [Ledger, Private, Proposal, Faults];
