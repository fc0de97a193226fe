;; Assets with an owner: Fabric's sample contract "asset-transfer-basic".
;;
;; It answers like the sample does, and sets the events of the sample "asset-transfer-events".

(data $functions (i32.const 0x400)
  "submit InitLedger()\n"
  "submit CreateAsset(id: String, color: String, size: i64, owner: String, appraised_value: i64)\n"
  "evaluate ReadAsset(id: String)\n"
  "submit UpdateAsset(id: String, color: String, size: i64, owner: String, appraised_value: i64)\n"
  "submit DeleteAsset(id: String)\n"
  "evaluate AssetExists(id: String)\n"
  "submit TransferAsset(id: String, new_owner: String)\n"
  "evaluate GetAllAssets()\n")

(table funcref
  (elem $InitLedger $CreateAsset $ReadAsset $UpdateAsset $DeleteAsset $AssetExists $TransferAsset $GetAllAssets))

(data (i32.const 0x700) "the asset \00")
(data (i32.const 0x710) " already exists\00")
(data (i32.const 0x720) " does not exist\00")
(data (i32.const 0x730) "CreateAsset\00")
(data (i32.const 0x740) "UpdateAsset\00")
(data (i32.const 0x750) "DeleteAsset\00")
(data (i32.const 0x760) "TransferAsset\00")

;; The first assets: id, color and owner as texts, then size and value.
(data (i32.const 0x780)
  "asset1\00blue\00Tomoko\00\05\00\2c\01"
  "asset2\00red\00Brad\00\05\00\90\01"
  "asset3\00green\00Jin Soo\00\0a\00\f4\01"
  "asset4\00yellow\00Max\00\0a\00\58\02"
  "asset5\00black\00Adriana\00\0f\00\bc\02"
  "asset6\00white\00Michel\00\0f\00\20\03\00")

;; Adds a first set of assets.
(func $InitLedger (result i32)
  (local $id i32) (local $color i32) (local $owner i32) (local $numbers i32) (local $status i32)
  (local.set $id (i32.const 0x780))
  (loop $next
    (local.set $color (call $after (local.get $id)))
    (local.set $owner (call $after (local.get $color)))
    (local.set $numbers (call $after (local.get $owner)))
    (local.set $status
      (call $put_state
        (call $text (local.get $id))
        (call $asset_json
          (i64.load16_u offset=2 (local.get $numbers))
          (call $text (local.get $color))
          (call $text (local.get $id))
          (call $text (local.get $owner))
          (i64.load16_u (local.get $numbers)))))
    (if (local.get $status) (then (return (call $done (local.get $status)))))
    (local.set $id (i32.add (local.get $numbers) (i32.const 4)))
    (br_if $next (i32.load8_u (local.get $id))))
  (call $done (i32.const 0)))

;; Where the text after a text begins.
(func $after (param $text i32) (result i32)
  (i32.add (call $find (local.get $text) (i32.const 0)) (i32.const 1)))

;; Issues a new asset.
(func $CreateAsset (result i32) (local $status i32)
  (local.set $status (call $get_state (call $arg (i32.const 0))))
  (if (i32.eq (local.get $status) (i32.const 1))
    (then (return (call $fail (call $message (i32.const 0x710))))))
  (if (i32.eq (local.get $status) (i32.const -2)) (then (return (call $done (local.get $status)))))
  (call $put_with_event (i32.const 0x730) (call $arg (i32.const 0)) (call $asset_of_arguments)))

;; Returns one asset.
(func $ReadAsset (result i32) (local $status i32)
  (local.set $status (call $get_state (call $arg (i32.const 0))))
  (if (i32.ne (local.get $status) (i32.const 1)) (then (return (call $missing (local.get $status)))))
  (call $succeed (call $register (i32.const 0))))

;; Replaces an asset.
(func $UpdateAsset (result i32) (local $status i32)
  (local.set $status (call $get_state (call $arg (i32.const 0))))
  (if (i32.ne (local.get $status) (i32.const 1)) (then (return (call $missing (local.get $status)))))
  (call $put_with_event (i32.const 0x740) (call $arg (i32.const 0)) (call $asset_of_arguments)))

;; Removes an asset.
(func $DeleteAsset (result i32) (local $status i32)
  (local.set $status (call $get_state (call $arg (i32.const 0))))
  (if (i32.ne (local.get $status) (i32.const 1)) (then (return (call $missing (local.get $status)))))
  (local.set $status (call $set_event (call $text (i32.const 0x750)) (call $register (i32.const 0))))
  (if (local.get $status) (then (return (call $done (local.get $status)))))
  (call $done (call $delete_state (call $arg (i32.const 0)))))

;; Tells whether an asset exists.
(func $AssetExists (result i32) (local $status i32)
  (local.set $status (call $get_state (call $arg (i32.const 0))))
  (if (i32.eq (local.get $status) (i32.const -2)) (then (return (call $done (local.get $status)))))
  (call $succeed (call $bool (i32.eq (local.get $status) (i32.const 1)))))

;; Gives an asset to another owner and returns the old one.
(func $TransferAsset (result i32)
  (local $status i32) (local $json i32) (local $length i32) (local $field i32) (local $owner i32) (local $owner_length i32)
  (local.set $status (call $get_state (call $arg (i32.const 0))))
  (if (i32.ne (local.get $status) (i32.const 1)) (then (return (call $missing (local.get $status)))))
  (call $register (i32.const 0))
  (local.set $length)
  (local.set $json)
  (local.set $field (call $faulty_field (local.get $json) (local.get $length)))
  (if (local.get $field) (then (return (call $fail (call $not_a_field (local.get $field))))))
  (local.set $status
    (call $put_with_event
      (i32.const 0x760)
      (call $text_field (local.get $json) (local.get $length) (global.get $ID))
      (call $asset_json
        (call $number_field (local.get $json) (local.get $length) (global.get $APPRAISED_VALUE))
        (call $text_field (local.get $json) (local.get $length) (global.get $COLOR))
        (call $text_field (local.get $json) (local.get $length) (global.get $ID))
        (call $arg (i32.const 1))
        (call $number_field (local.get $json) (local.get $length) (global.get $SIZE)))))
  (if (local.get $status) (then (return (local.get $status))))
  (call $succeed (call $text_field (local.get $json) (local.get $length) (global.get $OWNER))))

;; Returns all assets.
(func $GetAllAssets (result i32) (local $status i32) (local $iterator i32) (local $some i32)
  (local.set $status
    (call $get_state_by_range (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
  (if (i32.eq (local.get $status) (i32.const -2)) (then (return (call $done (local.get $status)))))
  (local.set $iterator (i32.wrap_i64 (call $register_number (i32.const 0))))
  (call $append_byte (i32.const 0x5b))
  (block $end
    (loop $next
      (local.set $status (call $state_iterator_next (local.get $iterator)))
      (br_if $end (i32.lt_s (local.get $status) (i32.const 0)))
      (if (local.get $some) (then (call $append_byte (i32.const 0x2c))))
      (local.set $some (i32.const 1))
      (call $append_register (i32.const 1))
      (br $next)))
  (if (i32.eq (local.get $status) (i32.const -2)) (then (return (call $done (local.get $status)))))
  (call $state_iterator_close (local.get $iterator))
  (call $append_byte (i32.const 0x5d))
  (call $succeed (call $built)))

;; Ends a function that found no asset, or an error.
(func $missing (param $status i32) (result i32)
  (if (i32.eq (local.get $status) (i32.const -2)) (then (return (call $done (local.get $status)))))
  (call $fail (call $message (i32.const 0x720))))

;; "the asset ID", and an end.
(func $message (param $end i32) (result i32 i32)
  (call $append_text (i32.const 0x700))
  (call $append (call $arg (i32.const 0)))
  (call $append_text (local.get $end))
  (call $built))

;; Ends a function that writes an asset.
(func $put_with_event
  (param $event i32) (param $id i32) (param $id_length i32) (param $asset i32) (param $length i32) (result i32)
  (local $status i32)
  (local.set $status (call $set_event (call $text (local.get $event)) (local.get $asset) (local.get $length)))
  (if (local.get $status) (then (return (call $done (local.get $status)))))
  (call $done
    (call $put_state (local.get $id) (local.get $id_length) (local.get $asset) (local.get $length))))
