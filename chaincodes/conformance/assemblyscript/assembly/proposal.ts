import { Context, fromHex, hash, toBytes, toHex, toText, verify } from "fabric";
import { List, pairs } from "./text";

/** In the order of the algorithms' numbers. */
const HASHES: string[] = ["sha256", "sha384", "sha512", "sha3-256", "sha3-384"];
const SIGNATURES: string[] = ["ecdsa-p256-sha256", "ecdsa-p384-sha384", "ed25519", "rsa-pkcs1-sha256", "rsa-pss-sha256"];

@evaluate("TxId")
function txId(context: Context): string {
  return context.txId;
}

@evaluate("ChannelId")
function channelId(context: Context): string {
  return context.channelId;
}

@evaluate("Timestamp")
function timestamp(context: Context): string {
  const time = context.txTimestamp;
  return time.seconds.toString() + "." + time.nanoseconds.toString().padStart(9, "0");
}

@evaluate("Args")
function args(context: Context, first: string, second: string): string {
  // What the peer says, not what this function was given.
  const args = context.args;
  const texts: string[] = [];
  for (let i = 0; i < args.length; i++) texts.push(toText(args[i]));
  return texts.join(",");
}

@evaluate("Transient")
function transient(context: Context): string {
  return pairs(context.transient);
}

@evaluate("Creator")
function creator(context: Context): Uint8Array {
  return context.creator;
}

@evaluate("CreatorMspId")
function creatorMspId(context: Context): string {
  return context.creatorMspId;
}

@evaluate("CreatorCertificate")
function creatorCertificate(context: Context): Uint8Array {
  return context.creatorCertificate;
}

@evaluate("SignedProposal")
function signedProposal(context: Context): Uint8Array {
  return context.signedProposal;
}

@evaluate("Binding")
function binding(context: Context): string {
  return toHex(context.binding);
}

@evaluate("Decorations")
function decorations(context: Context): string {
  return pairs(context.decorations);
}

@evaluate("ClientId")
function clientId(context: Context): string {
  return context.clientIdentity.id;
}

@evaluate("ClientMspId")
function clientMspId(context: Context): string {
  return context.clientIdentity.mspId;
}

@evaluate("ClientSubject")
function clientSubject(context: Context): string {
  return context.clientIdentity.subject;
}

@evaluate("ClientIssuer")
function clientIssuer(context: Context): string {
  return context.clientIdentity.issuer;
}

@evaluate("ClientUnits")
function clientUnits(context: Context): string {
  return context.clientIdentity.organizationalUnits.join(",");
}

@evaluate("ClientAttribute")
function clientAttribute(context: Context, name: string): string {
  const value = context.clientIdentity.attribute(name);
  return value === null ? "<none>" : value;
}

@evaluate("ClientAttributes")
function clientAttributes(context: Context): string {
  const attributes = context.clientIdentity.attributes;
  const names = attributes.keys();
  const texts: string[] = [];
  for (let i = 0; i < names.length; i++) texts.push(names[i] + "=" + attributes.get(names[i]));
  return texts.join(",");
}

@submit("Event")
function event(context: Context, name: string, payload: Uint8Array): void {
  context.setEvent(name, payload);
}

@submit("Invoke")
function invokeOther(context: Context, name: string, channel: string, args: List): string {
  const list: Uint8Array[] = [];
  for (let i = 0; i < args.texts.length; i++) list.push(toBytes(args.texts[i]));
  const response = context.invokeChaincode(name, list, channel);
  return `${response.status}|${response.message}|${toText(response.payload)}`;
}

@evaluate("Hash")
function hashOf(context: Context, algorithm: string, data: Uint8Array): string {
  const at = HASHES.indexOf(algorithm);
  if (at < 0) return context.fail<string>(`no algorithm ${algorithm}`);
  return toHex(hash(at, data));
}

@evaluate("Verify")
function verifySignature(context: Context, algorithm: string, public_key: Uint8Array, message: Uint8Array, signature: string): bool {
  const at = SIGNATURES.indexOf(algorithm);
  if (at < 0) return context.fail<bool>(`no algorithm ${algorithm}`);
  const bytes = fromHex(signature);
  if (!bytes) return context.fail<bool>("the signature is not hexadecimal");
  return verify(at, public_key, message, bytes);
}

@evaluate("Log")
function log(context: Context, level: string, message: string): void {
  if (level == "debug") context.logDebug(message);
  else if (level == "info") context.logInfo(message);
  else if (level == "warning") context.logWarning(message);
  else if (level == "error") context.logError(message);
  else context.fail(`no level ${level}`);
}

@evaluate("Abort")
function abortCall(context: Context, message: string): void {
  context.abort(message);
}
