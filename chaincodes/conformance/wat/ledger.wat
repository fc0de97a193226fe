;; The ledger: a call to the peer, and how its result is written.

(func $Get (result i32) (call $optional (call $get_state (call $arg (i32.const 0)))))
(func $GetMany (result i32) (call $optionals (call $get_states (call $list (i32.const 0)))))
(func $Put (result i32) (call $done (call $put_state (call $arg (i32.const 0)) (call $arg (i32.const 1)))))
(func $PutMany (result i32) (call $done (call $put_states (call $entries (i32.const 0)))))
(func $PutAndGet (result i32) (local $status i32)
  (local.set $status (call $put_state (call $arg (i32.const 0)) (call $arg (i32.const 1))))
  (if (local.get $status) (then (return (call $done (local.get $status)))))
  (call $optional (call $get_state (call $arg (i32.const 0)))))
(func $Delete (result i32) (call $done (call $delete_state (call $arg (i32.const 0)))))
(func $DeleteMany (result i32) (call $done (call $delete_states (call $list (i32.const 0)))))
(func $Metadata (result i32) (call $pairs (call $get_state_metadata (call $arg (i32.const 0)))))
(func $GetPolicy (result i32) (call $optional (call $get_state_validation_parameter (call $arg (i32.const 0)))))
(func $SetPolicy (result i32)
  (call $done (call $set_state_validation_parameter (call $arg (i32.const 0)) (call $arg (i32.const 1)))))
(func $Range (result i32) (call $found (call $get_state_by_range (call $arg (i32.const 0)) (call $arg (i32.const 1)))))
(func $RangePage (result i32)
  (call $page
    (call $get_state_by_range_with_pagination
      (call $arg (i32.const 0)) (call $arg (i32.const 1)) (i32.wrap_i64 (call $number (i32.const 2))) (call $arg (i32.const 3)))))
(func $Composite (result i32) (call $shown (call $create_composite_key (call $arg (i32.const 0)) (call $list (i32.const 1)))))
(func $PutComposite (result i32) (local $status i32)
  (local.set $status (call $create_composite_key (call $arg (i32.const 0)) (call $list (i32.const 1))))
  (if (i32.lt_s (local.get $status) (i32.const 0)) (then (return (call $done (local.get $status)))))
  (call $done (call $put_state (call $register (i32.const 0)) (call $arg (i32.const 2)))))
(func $Split (result i32) (local $status i32)
  (local.set $status (call $split_composite_key (call $arg (i32.const 0))))
  (if (i32.lt_s (local.get $status) (i32.const 0)) (then (return (call $done (local.get $status)))))
  (call $append_register (i32.const 0))
  (call $append_byte (i32.const 0x3a))
  (call $append_list (i32.const 1) (local.get $status))
  (call $succeed (call $built)))
(func $PartialRange (result i32)
  (call $found (call $get_state_by_partial_composite_key (call $arg (i32.const 0)) (call $list (i32.const 1)))))
(func $PartialPage (result i32)
  (call $page
    (call $get_state_by_partial_composite_key_with_pagination
      (call $arg (i32.const 0)) (call $list (i32.const 1))
      (i32.wrap_i64 (call $number (i32.const 2))) (call $with_separators (call $arg (i32.const 3))))))
(func $CompositePage (result i32)
  (call $page
    (call $get_all_states_composite_key_with_pagination
      (i32.wrap_i64 (call $number (i32.const 0))) (call $with_separators (call $arg (i32.const 1))))))
(func $Query (result i32) (call $found (call $get_query_result (call $arg (i32.const 0)))))
(func $QueryPage (result i32)
  (call $page
    (call $get_query_result_with_pagination
      (call $arg (i32.const 0)) (i32.wrap_i64 (call $number (i32.const 1))) (call $arg (i32.const 2)))))
(func $History (result i32) (call $history (call $get_history_for_key (call $arg (i32.const 0)))))

;; Private data.

(func $PrivateGet (result i32) (call $optional (call $get_private_data (call $arg (i32.const 0)) (call $arg (i32.const 1)))))
(func $PrivateGetMany (result i32)
  (call $optionals (call $get_private_data_multiple (call $arg (i32.const 0)) (call $list (i32.const 1)))))
(func $PrivateHash (result i32)
  (call $optional_hex (call $get_private_data_hash (call $arg (i32.const 0)) (call $arg (i32.const 1)))))
(func $PrivatePut (result i32)
  (call $done (call $put_private_data (call $arg (i32.const 0)) (call $arg (i32.const 1)) (call $arg (i32.const 2)))))
(func $PrivatePutMany (result i32)
  (call $done (call $put_private_data_multiple (call $arg (i32.const 0)) (call $entries (i32.const 1)))))
(func $PrivateDelete (result i32) (call $done (call $delete_private_data (call $arg (i32.const 0)) (call $arg (i32.const 1)))))
(func $PrivatePurge (result i32) (call $done (call $purge_private_data (call $arg (i32.const 0)) (call $arg (i32.const 1)))))
(func $PrivateMetadata (result i32)
  (call $pairs (call $get_private_data_metadata (call $arg (i32.const 0)) (call $arg (i32.const 1)))))
(func $PrivateGetPolicy (result i32)
  (call $optional (call $get_private_data_validation_parameter (call $arg (i32.const 0)) (call $arg (i32.const 1)))))
(func $PrivateSetPolicy (result i32)
  (call $done
    (call $set_private_data_validation_parameter
      (call $arg (i32.const 0)) (call $arg (i32.const 1)) (call $arg (i32.const 2)))))
(func $PrivateRange (result i32)
  (call $found (call $get_private_data_by_range (call $arg (i32.const 0)) (call $arg (i32.const 1)) (call $arg (i32.const 2)))))
(func $PrivatePartialRange (result i32)
  (call $found
    (call $get_private_data_by_partial_composite_key
      (call $arg (i32.const 0)) (call $arg (i32.const 1)) (call $list (i32.const 2)))))
(func $PrivateQuery (result i32)
  (call $found (call $get_private_data_query_result (call $arg (i32.const 0)) (call $arg (i32.const 1)))))
