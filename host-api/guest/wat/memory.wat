;; Memory and texts.
;;
;;   0x0000  the kit's: arguments of the call, texts
;;   0x0400  the contract's: its declaration ($functions, see dispatch.wat), then its texts, as far as 0x8000
;;   0x8000  blocks that are given out while the call runs; nothing is freed, the instance lives for one call
;;
;; A text in a data segment ends with a zero byte. $text makes address and length of it, as most functions want them; functions
;; that take two numbers for bytes take those two results as they are: (call $append (call $text (i32.const 0x1000))).

(memory (export "memory") 2)
(global $heap (mut i32) (i32.const 0x8000))
(global $heap_end (mut i32) (i32.const 0x20000))

;; The text being built.
(global $out (mut i32) (i32.const 0))
(global $out_length (mut i32) (i32.const 0))
(global $out_capacity (mut i32) (i32.const 0))

;; A block of this many bytes, aligned to 8.
(func $allocate (param $size i32) (result i32) (local $start i32) (local $pages i32)
  (local.set $size (i32.and (i32.add (local.get $size) (i32.const 7)) (i32.const -8)))
  (if (i32.gt_u (local.get $size) (i32.sub (global.get $heap_end) (global.get $heap)))
    (then
      (local.set $pages (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1)))
      (local.set $start (memory.grow (local.get $pages)))
      (if (i32.eq (local.get $start) (i32.const -1)) (then unreachable)) ;; the peer says why
      ;; The peer grows the memory, too, so the new pages need not follow the old ones.
      (global.set $heap (i32.shl (local.get $start) (i32.const 16)))
      (global.set $heap_end (i32.shl (i32.add (local.get $start) (local.get $pages)) (i32.const 16)))))
  (local.set $start (global.get $heap))
  (global.set $heap (i32.add (local.get $start) (local.get $size)))
  (local.get $start))

;; Ends the call at once; the client gets "chaincode panicked: MESSAGE".
(func $panic (param $message i32) (param $length i32)
  (call $abort (local.get $message) (local.get $length))
  unreachable)

;; Address and length of a text that ends with a zero byte.
(func $text (param $start i32) (result i32 i32)
  (local.get $start)
  (i32.sub (call $find (local.get $start) (i32.const 0)) (local.get $start)))

;; Where a byte comes first from an address on. It must be there.
(func $find (param $at i32) (param $byte i32) (result i32)
  (block $found
    (loop $next
      (br_if $found (i32.eq (i32.load8_u (local.get $at)) (local.get $byte)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
  (local.get $at))

;; Whether two byte strings are equal.
(func $equal (param $a i32) (param $a_length i32) (param $b i32) (param $b_length i32) (result i32)
  (if (i32.ne (local.get $a_length) (local.get $b_length)) (then (return (i32.const 0))))
  (loop $next
    (if (i32.eqz (local.get $a_length)) (then (return (i32.const 1))))
    (local.set $a_length (i32.sub (local.get $a_length) (i32.const 1)))
    (br_if $next
      (i32.eq
        (i32.load8_u (i32.add (local.get $a) (local.get $a_length)))
        (i32.load8_u (i32.add (local.get $b) (local.get $a_length))))))
  (i32.const 0))

;; The bytes of a register, copied; empty when it has none.
(func $register (param $register i32) (result i32 i32) (local $start i32) (local $length i32)
  (local.set $length (call $register_len (local.get $register)))
  (if (i32.le_s (local.get $length) (i32.const 0)) (then (return (i32.const 0) (i32.const 0))))
  (local.set $start (call $allocate (local.get $length)))
  (call $register_read (local.get $register) (local.get $start))
  (local.get $start) (local.get $length))

;; Makes room for more bytes of the text being built, and returns where they go.
(func $extend (param $length i32) (result i32) (local $start i32) (local $at i32)
  (if (i32.gt_u (i32.add (global.get $out_length) (local.get $length)) (global.get $out_capacity))
    (then
      (global.set $out_capacity
        (i32.shl (i32.add (i32.add (global.get $out_length) (local.get $length)) (i32.const 128)) (i32.const 1)))
      (local.set $start (call $allocate (global.get $out_capacity)))
      (memory.copy (local.get $start) (global.get $out) (global.get $out_length))
      (global.set $out (local.get $start))))
  (local.set $at (i32.add (global.get $out) (global.get $out_length)))
  (global.set $out_length (i32.add (global.get $out_length) (local.get $length)))
  (local.get $at))

;; What has been appended since the last $built. The next $append begins a new text.
(func $built (result i32 i32)
  (global.get $out) (global.get $out_length)
  (global.set $out (i32.add (global.get $out) (global.get $out_length)))
  (global.set $out_capacity (i32.sub (global.get $out_capacity) (global.get $out_length)))
  (global.set $out_length (i32.const 0)))

;; Appends bytes.
(func $append (param $start i32) (param $length i32)
  (memory.copy (call $extend (local.get $length)) (local.get $start) (local.get $length)))

;; Appends one byte.
(func $append_byte (param $byte i32)
  (i32.store8 (call $extend (i32.const 1)) (local.get $byte)))

;; Appends the text at an address.
(func $append_text (param $start i32)
  (call $append (call $text (local.get $start))))

;; Appends the bytes of a register.
(func $append_register (param $register i32) (local $length i32)
  (local.set $length (call $register_len (local.get $register)))
  (if (i32.gt_s (local.get $length) (i32.const 0))
    (then (call $register_read (local.get $register) (call $extend (local.get $length))))))

;; Appends bytes in hexadecimal.
(func $append_hex (param $start i32) (param $length i32) (local $byte i32)
  (loop $next
    (if (i32.eqz (local.get $length)) (then (return)))
    (local.set $byte (i32.load8_u (local.get $start)))
    (call $append_byte (call $hex_digit (i32.shr_u (local.get $byte) (i32.const 4))))
    (call $append_byte (call $hex_digit (i32.and (local.get $byte) (i32.const 15))))
    (local.set $start (i32.add (local.get $start) (i32.const 1)))
    (local.set $length (i32.sub (local.get $length) (i32.const 1)))
    (br $next)))

(func $hex_digit (param $value i32) (result i32)
  (i32.load8_u (i32.add (i32.const 0x390) (local.get $value))))
