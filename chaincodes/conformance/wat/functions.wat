;; Every call a contract can make to the peer, one function each, and every way to misbehave. For tests only.
;;
;; All languages offer the same functions, so that one list of checks is for all of them. Arguments and results are text: lists are
;; joined by commas, pairs by =, what does not exist is <none>, hashes are hexadecimal.

(data $functions (i32.const 0x400)
  "evaluate Get(key: String)\n"
  "evaluate GetMany(keys: List)\n"
  "submit Put(key: String, value: Vec<u8>)\n"
  "submit PutMany(entries: List)\n"
  "submit PutAndGet(key: String, value: Vec<u8>)\n"
  "submit Delete(key: String)\n"
  "submit DeleteMany(keys: List)\n"
  "evaluate Metadata(key: String)\n"
  "evaluate GetPolicy(key: String)\n"
  "submit SetPolicy(key: String, policy: Vec<u8>)\n"
  "evaluate Range(start: String, end: String)\n"
  "evaluate RangePage(start: String, end: String, size: u32, bookmark: String)\n"
  "evaluate Composite(object_type: String, attributes: List)\n"
  "submit PutComposite(object_type: String, attributes: List, value: Vec<u8>)\n"
  "evaluate Split(key: String)\n"
  "evaluate PartialRange(object_type: String, attributes: List)\n"
  "evaluate PartialPage(object_type: String, attributes: List, size: u32, bookmark: String)\n"
  "evaluate CompositePage(size: u32, bookmark: String)\n"
  "evaluate Query(query: String)\n"
  "evaluate QueryPage(query: String, size: u32, bookmark: String)\n"
  "evaluate History(key: String)\n"
  "evaluate PrivateGet(collection: String, key: String)\n"
  "evaluate PrivateGetMany(collection: String, keys: List)\n"
  "evaluate PrivateHash(collection: String, key: String)\n"
  "submit PrivatePut(collection: String, key: String, value: Vec<u8>)\n"
  "submit PrivatePutMany(collection: String, entries: List)\n"
  "submit PrivateDelete(collection: String, key: String)\n"
  "submit PrivatePurge(collection: String, key: String)\n"
  "evaluate PrivateMetadata(collection: String, key: String)\n"
  "evaluate PrivateGetPolicy(collection: String, key: String)\n"
  "submit PrivateSetPolicy(collection: String, key: String, policy: Vec<u8>)\n"
  "evaluate PrivateRange(collection: String, start: String, end: String)\n"
  "evaluate PrivatePartialRange(collection: String, object_type: String, attributes: List)\n"
  "evaluate PrivateQuery(collection: String, query: String)\n"
  "evaluate TxId()\n"
  "evaluate ChannelId()\n"
  "evaluate Timestamp()\n"
  "evaluate Args(first: String, second: String)\n"
  "evaluate Transient()\n"
  "evaluate Creator()\n"
  "evaluate CreatorMspId()\n"
  "evaluate CreatorCertificate()\n"
  "evaluate SignedProposal()\n"
  "evaluate Binding()\n"
  "evaluate Decorations()\n"
  "evaluate ClientId()\n"
  "evaluate ClientMspId()\n"
  "evaluate ClientSubject()\n"
  "evaluate ClientIssuer()\n"
  "evaluate ClientUnits()\n"
  "evaluate ClientAttribute(name: String)\n"
  "evaluate ClientAttributes()\n"
  "submit Event(name: String, payload: Vec<u8>)\n"
  "submit Invoke(name: String, channel: String, args: List)\n"
  "evaluate Hash(algorithm: String, data: Vec<u8>)\n"
  "evaluate Verify(algorithm: String, public_key: Vec<u8>, message: Vec<u8>, signature: String)\n"
  "evaluate Log(level: String, message: String)\n"
  "evaluate Abort(message: String)\n"
  "evaluate Echo(value: Json<Vec<u64>>)\n"
  "submit Panic(message: String)\n"
  "submit Loop()\n"
  "submit EatMemory()\n"
  "submit Recurse(depth: u64)\n"
  "evaluate Large(bytes: u64)\n"
  "submit HoldIterators(count: u64)\n")

(table funcref (elem
  $Get $GetMany $Put $PutMany $PutAndGet $Delete $DeleteMany $Metadata $GetPolicy $SetPolicy
  $Range $RangePage $Composite $PutComposite $Split $PartialRange $PartialPage $CompositePage $Query $QueryPage $History
  $PrivateGet $PrivateGetMany $PrivateHash $PrivatePut $PrivatePutMany $PrivateDelete $PrivatePurge
  $PrivateMetadata $PrivateGetPolicy $PrivateSetPolicy $PrivateRange $PrivatePartialRange $PrivateQuery
  $TxId $ChannelId $Timestamp $Args $Transient $Creator $CreatorMspId $CreatorCertificate $SignedProposal $Binding $Decorations
  $ClientId $ClientMspId $ClientSubject $ClientIssuer $ClientUnits $ClientAttribute $ClientAttributes
  $Event $Invoke $Hash $Verify $Log $Abort
  $Echo $Panic $Loop $EatMemory $Recurse $Large $HoldIterators))
