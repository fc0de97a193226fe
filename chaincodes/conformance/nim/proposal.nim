## The proposal, its client, and what else the peer offers.

import std/[sequtils, strutils]
import fabric
import notation

proc txIdOf(ctx: Context): string {.evaluate: "TxId".} =
  ctx.txId

proc channelIdOf(ctx: Context): string {.evaluate: "ChannelId".} =
  ctx.channelId

proc timestamp(ctx: Context): string {.evaluate: "Timestamp".} =
  let time = ctx.txTimestamp
  $time.seconds & "." & align($time.nanoseconds, 9, '0')

proc argsOf(ctx: Context, first, second: string): string {.evaluate: "Args".} =
  ## What the peer says, not what this function was given.
  ctx.args.mapIt(it.lossy).join(",")

proc transientOf(ctx: Context): string {.evaluate: "Transient".} =
  ctx.transient.shown

proc creatorOf(ctx: Context): string {.evaluate: "Creator".} =
  ctx.creator

proc creatorMspIdOf(ctx: Context): string {.evaluate: "CreatorMspId".} =
  ctx.creatorMspId

proc creatorCertificateOf(ctx: Context): string {.evaluate: "CreatorCertificate".} =
  ctx.creatorCertificate

proc signedProposalOf(ctx: Context): string {.evaluate: "SignedProposal".} =
  ctx.signedProposal

proc bindingOf(ctx: Context): string {.evaluate: "Binding".} =
  ctx.binding.hexadecimal

proc decorationsOf(ctx: Context): string {.evaluate: "Decorations".} =
  ctx.decorations.shown

proc clientId(ctx: Context): string {.evaluate: "ClientId".} =
  ctx.clientIdentity.id

proc clientMspId(ctx: Context): string {.evaluate: "ClientMspId".} =
  ctx.clientIdentity.mspId

proc clientSubject(ctx: Context): string {.evaluate: "ClientSubject".} =
  ctx.clientIdentity.subject

proc clientIssuer(ctx: Context): string {.evaluate: "ClientIssuer".} =
  ctx.clientIdentity.issuer

proc clientUnits(ctx: Context): string {.evaluate: "ClientUnits".} =
  ctx.clientIdentity.organizationalUnits.join(",")

proc clientAttribute(ctx: Context, name: string): string {.evaluate: "ClientAttribute".} =
  ctx.clientIdentity.attribute(name).shown

proc clientAttributes(ctx: Context): string {.evaluate: "ClientAttributes".} =
  ctx.clientIdentity.attributes.shown

proc event(ctx: Context, name: string, payload: Bytes) {.submit: "Event".} =
  ctx.setEvent(name, payload)

proc invokeOther(ctx: Context, name, channel: string, args: List): string {.submit: "Invoke".} =
  let response = ctx.invokeChaincode(name, args.texts, channel)
  $response.status & "|" & response.message & "|" & response.payload.lossy

proc choice[T: enum](name: string): T =
  for algorithm in T:
    if $algorithm == name: return algorithm
  refuse "no algorithm " & name

proc hashOf(ctx: Context, algorithm: string, data: Bytes): string {.evaluate: "Hash".} =
  hash(choice[HashAlgorithm](algorithm), data).hexadecimal

proc fromHexadecimal(digits: string): string =
  if digits.len mod 2 != 0 or not digits.allCharsInSet(HexDigits): refuse "the signature is not hexadecimal"
  parseHexStr(digits)

proc verifyOf(ctx: Context, algorithm: string, public_key, message: Bytes, signature: string): bool {.evaluate: "Verify".} =
  ## The signature in hexadecimal.
  verify(choice[SignatureAlgorithm](algorithm), public_key, message, fromHexadecimal(signature))

proc logOf(ctx: Context, level, message: string) {.evaluate: "Log".} =
  case level
  of "debug": ctx.logDebug message
  of "info": ctx.logInfo message
  of "warning": ctx.logWarning message
  of "error": ctx.logError message
  else: refuse "no level " & level

proc abortWith(ctx: Context, message: string) {.evaluate: "Abort".} =
  ctx.abort message
