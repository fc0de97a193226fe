// Smart contracts for Hyperledger Fabric, compiled to WebAssembly.
//
//     import { Context, toBytes } from "fabric";
//
//     @submit("SetGreeting")
//     function setGreeting(context: Context, text: string): void {
//       context.putState("greeting", toBytes(text));
//     }
//
//     @evaluate("Greeting")
//     function greeting(context: Context): Uint8Array {
//       const text = context.getState("greeting");
//       return text ? text : context.fail<Uint8Array>("no greeting yet");
//     }
//
// The decorators say under which name clients call a function, and whether it writes (`submit`) or only reads (`evaluate`). Its
// parameters after the first are the arguments: `string`, `Uint8Array`, `bool`, whole numbers, `f64`, or a class of one's own
// that extends `Argument`. It returns one of these types or void.
//
// Every call runs in a fresh instance: nothing in memory outlives it. The clock is the client's time stamp
// (`context.txTimestamp`); there is no other.

export { Argument } from "./arguments";
export { concat, fromHex, toHex } from "./bytes";
export { ClientIdentity } from "./client_identity";
export { Context } from "./context";
export { HashAlgorithm, SignatureAlgorithm, hash, sha256, verify } from "./crypto";
export { HistoryIterator, Page, StateIterator } from "./iterators";
export { JsonKind, JsonValue, quote } from "./json";
export { ChaincodeResponse, CompositeKey, KeyModification, KeyValue, Timestamp } from "./records";
export { isUtf8, toBytes, toText } from "./utf8";
