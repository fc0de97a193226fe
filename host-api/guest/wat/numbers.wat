;; Numbers as text, and UTF-8.

;; Appends a signed number in decimal.
(func $append_i64 (param $number i64)
  (if (i64.lt_s (local.get $number) (i64.const 0))
    (then
      (call $append_byte (i32.const 0x2d))
      (local.set $number (i64.sub (i64.const 0) (local.get $number)))))
  (call $append_u64 (local.get $number) (i32.const 1)))

;; Appends an unsigned number in decimal, with zeros in front up to this many digits.
(func $append_u64 (param $number i64) (param $digits i32)
  (if (i32.or
        (i64.ge_u (local.get $number) (i64.const 10))
        (i32.gt_s (local.get $digits) (i32.const 1)))
    (then
      (call $append_u64
        (i64.div_u (local.get $number) (i64.const 10))
        (i32.sub (local.get $digits) (i32.const 1)))))
  (call $append_byte
    (i32.add (i32.const 0x30) (i32.wrap_i64 (i64.rem_u (local.get $number) (i64.const 10))))))

;; Reads a number in decimal: its value, and whether it is one of this kind (signed or not, of 64 bits or 32).
(func $parse_integer (param $at i32) (param $length i32) (param $is_signed i32) (param $is_wide i32) (result i64 i32)
  (local $end i32) (local $negative i32) (local $digit i64) (local $value i64) (local $largest i64)
  (local.set $end (i32.add (local.get $at) (local.get $length)))
  (if (i32.eqz (local.get $length)) (then (return (i64.const 0) (i32.const 0))))
  (local.set $negative (i32.and (local.get $is_signed) (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2d))))
  (if (i32.or (local.get $negative) (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2b)))
    (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))
  (local.set $largest (i64.shr_u (i64.const -1)
    (i64.extend_i32_u (i32.add (local.get $is_signed) (i32.shl (i32.eqz (local.get $is_wide)) (i32.const 5))))))
  (local.set $largest (i64.add (local.get $largest) (i64.extend_i32_u (local.get $negative))))
  (if (i32.eq (local.get $at) (local.get $end)) (then (return (i64.const 0) (i32.const 0))))
  (loop $next
    (local.set $digit (i64.sub (i64.load8_u (local.get $at)) (i64.const 0x30)))
    (if (i64.gt_u (local.get $digit) (i64.const 9)) (then (return (i64.const 0) (i32.const 0))))
    (if (i64.gt_u (local.get $value) (i64.div_u (local.get $largest) (i64.const 10)))
      (then (return (i64.const 0) (i32.const 0))))
    (local.set $value (i64.mul (local.get $value) (i64.const 10)))
    (if (i64.gt_u (local.get $digit) (i64.sub (local.get $largest) (local.get $value)))
      (then (return (i64.const 0) (i32.const 0))))
    (local.set $value (i64.add (local.get $value) (local.get $digit)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
  (if (local.get $negative) (then (local.set $value (i64.sub (i64.const 0) (local.get $value)))))
  (local.get $value) (i32.const 1))

;; The length of the character at the start of these bytes; of a faulty one, minus the length of its part that could have
;; begun a character (at least 1). The bytes must not be empty.
(func $utf8_character (param $at i32) (param $length i32) (result i32)
  (local $first i32) (local $low i32) (local $high i32) (local $size i32) (local $index i32) (local $byte i32)
  (local.set $first (i32.load8_u (local.get $at)))
  (if (i32.lt_u (local.get $first) (i32.const 0x80)) (then (return (i32.const 1))))
  (if (i32.or
        (i32.lt_u (local.get $first) (i32.const 0xc2))
        (i32.gt_u (local.get $first) (i32.const 0xf4)))
    (then (return (i32.const -1))))
  (local.set $size
    (i32.add (i32.const 2)
      (i32.add (i32.ge_u (local.get $first) (i32.const 0xe0)) (i32.ge_u (local.get $first) (i32.const 0xf0)))))
  ;; The second byte is restricted after some first bytes: no overlong forms, no surrogates, nothing beyond U+10FFFF.
  (local.set $low (i32.const 0x80))
  (local.set $high (i32.const 0xbf))
  (if (i32.eq (local.get $first) (i32.const 0xe0)) (then (local.set $low (i32.const 0xa0))))
  (if (i32.eq (local.get $first) (i32.const 0xed)) (then (local.set $high (i32.const 0x9f))))
  (if (i32.eq (local.get $first) (i32.const 0xf0)) (then (local.set $low (i32.const 0x90))))
  (if (i32.eq (local.get $first) (i32.const 0xf4)) (then (local.set $high (i32.const 0x8f))))
  (loop $next
    (local.set $index (i32.add (local.get $index) (i32.const 1)))
    (if (i32.eq (local.get $index) (local.get $size)) (then (return (local.get $size))))
    (if (i32.eq (local.get $index) (local.get $length)) (then (return (i32.sub (i32.const 0) (local.get $index)))))
    (local.set $byte (i32.load8_u (i32.add (local.get $at) (local.get $index))))
    (if (i32.or
          (i32.lt_u (local.get $byte) (local.get $low))
          (i32.gt_u (local.get $byte) (local.get $high)))
      (then (return (i32.sub (i32.const 0) (local.get $index)))))
    (local.set $low (i32.const 0x80))
    (local.set $high (i32.const 0xbf))
    (br $next))
  unreachable)

;; Whether bytes are text in UTF-8.
(func $is_utf8 (param $at i32) (param $length i32) (result i32) (local $size i32)
  (loop $next
    (if (i32.eqz (local.get $length)) (then (return (i32.const 1))))
    (local.set $size (call $utf8_character (local.get $at) (local.get $length)))
    (if (i32.lt_s (local.get $size) (i32.const 0)) (then (return (i32.const 0))))
    (local.set $at (i32.add (local.get $at) (local.get $size)))
    (local.set $length (i32.sub (local.get $length) (local.get $size)))
    (br $next))
  unreachable)

;; Appends bytes as text: what is not UTF-8 becomes U+FFFD.
(func $append_lossy (param $at i32) (param $length i32) (local $size i32)
  (loop $next
    (if (i32.eqz (local.get $length)) (then (return)))
    (local.set $size (call $utf8_character (local.get $at) (local.get $length)))
    (if (i32.gt_s (local.get $size) (i32.const 0))
      (then (call $append (local.get $at) (local.get $size)))
      (else
        (call $append_text (i32.const 0x380))
        (local.set $size (i32.sub (i32.const 0) (local.get $size)))))
    (local.set $at (i32.add (local.get $at) (local.get $size)))
    (local.set $length (i32.sub (local.get $length) (local.get $size)))
    (br $next)))
