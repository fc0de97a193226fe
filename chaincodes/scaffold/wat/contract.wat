;; my-contract: values under keys.

(data $functions (i32.const 0x400)
  "submit Put(key: String, value: String)\n"
  "evaluate Get(key: String)\n")

(table funcref (elem $Put $Get))

(data (i32.const 0x500) " does not exist\00")

;; Sets a key.
(func $Put (result i32)
  (call $done (call $put_state (call $arg (i32.const 0)) (call $arg (i32.const 1)))))

;; The value of a key.
(func $Get (result i32) (local $status i32)
  (local.set $status (call $get_state (call $arg (i32.const 0))))
  (if (i32.eq (local.get $status) (i32.const -2)) (then (return (call $done (local.get $status)))))
  (if (i32.eq (local.get $status) (i32.const -1))
    (then
      (call $append (call $arg (i32.const 0)))
      (call $append_text (i32.const 0x500))
      (return (call $fail (call $built)))))
  (call $succeed (call $register (i32.const 0))))
