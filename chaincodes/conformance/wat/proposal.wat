;; The proposal, its client, and what else the peer offers.

(func $TxId (result i32) (call $payload (call $tx_id)))
(func $ChannelId (result i32) (call $payload (call $channel_id)))
(func $Timestamp (result i32)
  (drop (call $tx_timestamp))
  (call $append_i64 (call $register_number (i32.const 0)))
  (call $append_byte (i32.const 0x2e))
  (call $append_u64 (call $register_number (i32.const 1)) (i32.const 9))
  (call $succeed (call $built)))
;; What the peer says, not what this function was given.
(func $Args (result i32) (call $joined (call $args)))
(func $Transient (result i32) (call $pairs (call $transient)))
(func $Creator (result i32) (call $payload (call $creator)))
(func $CreatorMspId (result i32) (call $payload (call $creator_msp_id)))
(func $CreatorCertificate (result i32) (call $payload (call $creator_certificate)))
(func $SignedProposal (result i32) (call $payload (call $signed_proposal)))
(func $Binding (result i32) (call $optional_hex (call $binding)))
(func $Decorations (result i32) (call $pairs (call $decorations)))

(func $ClientId (result i32) (call $payload (call $client_id)))
(func $ClientMspId (result i32) (call $payload (call $client_msp_id)))
(func $ClientSubject (result i32) (call $payload (call $client_subject)))
(func $ClientIssuer (result i32) (call $payload (call $client_issuer)))
(func $ClientUnits (result i32) (call $joined (call $client_organizational_units)))
(func $ClientAttribute (result i32) (call $optional (call $client_attribute (call $arg (i32.const 0)))))
(func $ClientAttributes (result i32) (call $pairs (call $client_attributes)))

(func $Event (result i32) (call $done (call $set_event (call $arg (i32.const 0)) (call $arg (i32.const 1)))))

(func $Invoke (result i32) (local $status i32)
  (local.set $status
    (call $invoke_chaincode (call $arg (i32.const 0)) (call $list (i32.const 2)) (call $arg (i32.const 1))))
  (if (i32.lt_s (local.get $status) (i32.const 0)) (then (return (call $done (local.get $status)))))
  (call $append_i64 (call $register_number (i32.const 0)))
  (call $append_byte (i32.const 0x7c))
  (call $append_register (i32.const 1))
  (call $append_byte (i32.const 0x7c))
  (call $append_lossy (call $register (i32.const 2)))
  (call $succeed (call $built)))

;; Names of algorithms and levels, in the order of their numbers; an empty name ends each list.
(data (i32.const 0x1000) "sha256\00sha384\00sha512\00sha3-256\00sha3-384\00\00")
(data (i32.const 0x1040) "ecdsa-p256-sha256\00ecdsa-p384-sha384\00ed25519\00rsa-pkcs1-sha256\00rsa-pss-sha256\00\00")
(data (i32.const 0x10a0) "debug\00info\00warning\00error\00\00")
(data (i32.const 0x10c0) "no algorithm \00")
(data (i32.const 0x10d0) "no level \00")
(data (i32.const 0x10e0) "the signature is not hexadecimal\00")

(func $Hash (result i32) (local $algorithm i32)
  (local.set $algorithm (call $choice (i32.const 0x1000)))
  (if (i32.lt_s (local.get $algorithm) (i32.const 0)) (then (return (call $no_choice (i32.const 0x10c0)))))
  (call $optional_hex (call $hash (local.get $algorithm) (call $arg (i32.const 1)))))

;; The signature in hexadecimal.
(func $Verify (result i32) (local $algorithm i32) (local $status i32) (local $signature i32) (local $length i32)
  (local.set $algorithm (call $choice (i32.const 0x1040)))
  (if (i32.lt_s (local.get $algorithm) (i32.const 0)) (then (return (call $no_choice (i32.const 0x10c0)))))
  (call $from_hexadecimal (call $arg (i32.const 3)))
  (local.set $length)
  (local.set $signature)
  (if (i32.lt_s (local.get $length) (i32.const 0)) (then (return (call $fail (call $text (i32.const 0x10e0))))))
  (local.set $status
    (call $verify
      (local.get $algorithm)
      (call $arg (i32.const 1)) (call $arg (i32.const 2))
      (local.get $signature) (local.get $length)))
  (if (i32.lt_s (local.get $status) (i32.const 0)) (then (return (call $done (local.get $status)))))
  (call $succeed (call $bool (i32.wrap_i64 (call $register_number (i32.const 0))))))

(func $Log (result i32) (local $level i32)
  (local.set $level (call $choice (i32.const 0x10a0)))
  (if (i32.lt_s (local.get $level) (i32.const 0)) (then (return (call $no_choice (i32.const 0x10d0)))))
  (call $log (local.get $level) (call $arg (i32.const 1)))
  (call $done (i32.const 0)))

(func $Abort (result i32)
  (call $abort (call $arg (i32.const 0)))
  unreachable)

;; Which of the names in a list the first argument is; -1 for none.
(func $choice (param $names i32) (result i32) (local $index i32)
  (loop $next
    (if (i32.eqz (i32.load8_u (local.get $names))) (then (return (i32.const -1))))
    (if (call $equal (call $arg (i32.const 0)) (call $text (local.get $names))) (then (return (local.get $index))))
    (local.set $index (i32.add (local.get $index) (i32.const 1)))
    (local.set $names (i32.add (call $find (local.get $names) (i32.const 0)) (i32.const 1)))
    (br $next))
  unreachable)

(func $no_choice (param $what i32) (result i32)
  (call $append_text (local.get $what))
  (call $append (call $arg (i32.const 0)))
  (call $fail (call $built)))

;; Bytes that are written in hexadecimal; a length of -1 when the text is something else.
(func $from_hexadecimal (param $at i32) (param $length i32) (result i32 i32) (local $end i32) (local $high i32) (local $low i32)
  (if (i32.and (local.get $length) (i32.const 1)) (then (return (i32.const 0) (i32.const -1))))
  (local.set $end (i32.add (local.get $at) (local.get $length)))
  (block $all
    (loop $next
      (br_if $all (i32.eq (local.get $at) (local.get $end)))
      (local.set $high (call $hex_value (i32.load8_u (local.get $at))))
      (local.set $low (call $hex_value (i32.load8_u offset=1 (local.get $at))))
      (if (i32.gt_u (i32.or (local.get $high) (local.get $low)) (i32.const 15))
        (then (return (i32.const 0) (i32.const -1))))
      (call $append_byte (i32.or (i32.shl (local.get $high) (i32.const 4)) (local.get $low)))
      (local.set $at (i32.add (local.get $at) (i32.const 2)))
      (br $next)))
  (call $built))

;; The value of a hexadecimal digit; 16 for any other byte.
(func $hex_value (param $byte i32) (result i32)
  (if (i32.le_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 9))
    (then (return (i32.sub (local.get $byte) (i32.const 0x30)))))
  (local.set $byte (i32.or (local.get $byte) (i32.const 0x20)))
  (if (i32.le_u (i32.sub (local.get $byte) (i32.const 0x61)) (i32.const 5))
    (then (return (i32.sub (local.get $byte) (i32.const 0x57)))))
  (i32.const 16))
