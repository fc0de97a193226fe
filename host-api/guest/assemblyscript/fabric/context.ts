import { ClientIdentity } from "./client_identity";
import { empty, hasFailed, setFailure, takeFailure } from "./failure";
import * as host from "./host";
import { NONE } from "./host";
import { Pairs } from "./pairs";
import { PrivateData } from "./private_data";
import { ChaincodeResponse, Timestamp } from "./records";
import { bytesListResult, bytesMapResult, bytesOf, bytesResult, isDone, numberOf, textOf, textResult } from "./registers";
import { toBytes } from "./utf8";

const DEBUG: i32 = 0;
const INFO: i32 = 1;
const WARNING: i32 = 2;
const ERROR: i32 = 3;

/** The transaction being simulated: its ledger, its proposal, its event and its log. */
@final
export class Context extends PrivateData {
  /**
   * Refuses the transaction; the message reaches the client. Meant to be returned at once:
   *
   *     return context.fail<string>(`the asset ${id} does not exist`);
   *
   * What the peer refuses has the same effect without a word: the transaction fails with the peer's message, and until the
   * function returns nothing more is read or written.
   */
  fail<T = void>(message: string): T {
    setFailure(message);
    return empty<T>();
  }

  /** Whether the transaction is going to fail. */
  get hasFailed(): bool {
    return hasFailed();
  }

  /** What the transaction would fail with, null if nothing; it goes on as if that had not happened. */
  takeFailure(): string | null {
    return takeFailure();
  }

  /**
   * Calls a chaincode within this transaction. On this channel (an empty name) its writes become part of the transaction; on
   * another it only reads. The first argument is the name of the function.
   */
  invokeChaincode(name: string, args: Uint8Array[], channel: string): ChaincodeResponse {
    const n = toBytes(name), ch = toBytes(channel), list = Pairs.ofBytes(args);
    const filled = hasFailed()
      ? NONE
      : host.invoke_chaincode(n.dataStart, n.length, list.start, args.length, ch.dataStart, ch.length);
    if (!isDone(filled)) return new ChaincodeResponse(500, "", empty<Uint8Array>());
    return new ChaincodeResponse(<i32>numberOf(0), textOf(1), bytesOf(2));
  }

  /** Sets the transaction's event; a second one replaces the first. */
  setEvent(name: string, payload: Uint8Array): void {
    const n = toBytes(name);
    isDone(hasFailed() ? NONE : host.set_event(n.dataStart, n.length, payload.dataStart, payload.length));
  }

  /** Identifier of the transaction. */
  get txId(): string {
    return textResult(host.tx_id());
  }

  /** The channel. */
  get channelId(): string {
    return textResult(host.channel_id());
  }

  /** The client's time, the same at every endorser. There is no other clock. */
  get txTimestamp(): Timestamp {
    host.tx_timestamp();
    return new Timestamp(numberOf(0), <u32>numberOf(1));
  }

  /** All arguments, the function's name first. */
  get args(): Uint8Array[] {
    return bytesListResult(host.args());
  }

  /** Data for the endorsers only. */
  get transient(): Map<string, Uint8Array> {
    return bytesMapResult(host.transient());
  }

  /** The creator as a marshalled `msp.SerializedIdentity`. */
  get creator(): Uint8Array {
    return bytesResult(host.creator());
  }

  /** The creator's MSP. */
  get creatorMspId(): string {
    return textResult(host.creator_msp_id());
  }

  /** The creator's certificate, PEM. */
  get creatorCertificate(): Uint8Array {
    return bytesResult(host.creator_certificate());
  }

  /** The client that made the proposal. */
  get clientIdentity(): ClientIdentity {
    return new ClientIdentity();
  }

  /** The proposal as the client signed it: a marshalled `protos.SignedProposal`. */
  get signedProposal(): Uint8Array {
    return bytesResult(host.signed_proposal());
  }

  /** SHA-256 over the proposal's nonce, creator and epoch. */
  get binding(): Uint8Array {
    return bytesResult(host.binding());
  }

  /** What the peer's decorators added to the proposal. */
  get decorations(): Map<string, Uint8Array> {
    return bytesMapResult(host.decorations());
  }

  /** A line for the chaincode's log, for developers. */
  logDebug(message: string): void {
    log(DEBUG, message);
  }

  /** A line for the chaincode's log. */
  logInfo(message: string): void {
    log(INFO, message);
  }

  /** A line for the chaincode's log about something unexpected. */
  logWarning(message: string): void {
    log(WARNING, message);
  }

  /** A line for the chaincode's log about a failure. */
  logError(message: string): void {
    log(ERROR, message);
  }

  /** Ends the call at once, as `throw` does; the message reaches the client. Does not return. */
  abort(message: string): void {
    const text = toBytes(message);
    host.abort(text.dataStart, text.length);
    unreachable();
  }
}

function log(level: i32, message: string): void {
  const text = toBytes(message);
  host.log(level, text.dataStart, text.length);
}
