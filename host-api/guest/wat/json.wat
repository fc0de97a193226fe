;; JSON: quoting, and the members of an object.

(data (i32.const 0x3c0) "\08b\09t\0an\0cf\0dr\22\22\5c\5c\00")

;; Appends text as a JSON string.
(func $append_json (param $at i32) (param $length i32) (local $byte i32) (local $escape i32)
  (call $append_byte (i32.const 0x22))
  (block $all
    (loop $next
      (br_if $all (i32.eqz (local.get $length)))
      (local.set $byte (i32.load8_u (local.get $at)))
      (local.set $escape (call $json_escape (local.get $byte)))
      (if (local.get $escape)
        (then (call $append_byte (i32.const 0x5c)) (call $append_byte (local.get $escape)))
        (else
          (if (i32.lt_u (local.get $byte) (i32.const 0x20))
            (then
              (call $append (call $text (i32.const 0x3d0)))
              (call $append_hex (local.get $at) (i32.const 1)))
            (else (call $append_byte (local.get $byte))))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (br $next)))
  (call $append_byte (i32.const 0x22)))

(data (i32.const 0x3d0) "\5cu00\00")

;; The letter that stands for a byte after a backslash, 0 when there is none.
(func $json_escape (param $byte i32) (result i32) (local $at i32)
  (local.set $at (i32.const 0x3c0))
  (loop $next
    (if (i32.eq (i32.load8_u (local.get $at)) (local.get $byte)) (then (return (i32.load8_u offset=1 (local.get $at)))))
    (local.set $at (i32.add (local.get $at) (i32.const 2)))
    (br_if $next (i32.load8_u (local.get $at))))
  (i32.const 0))

;; The first byte from here on that is not white space; the end when there is none.
(func $json_space (param $at i32) (param $end i32) (result i32) (local $byte i32)
  (block $found
    (loop $next
      (br_if $found (i32.eq (local.get $at) (local.get $end)))
      (local.set $byte (i32.load8_u (local.get $at)))
      (br_if $found (i32.gt_u (local.get $byte) (i32.const 0x20)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
  (local.get $at))

;; The byte at an address, 0 at the end.
(func $json_byte (param $at i32) (param $end i32) (result i32)
  (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const 0))))
  (i32.load8_u (local.get $at)))

;; Where the value that begins here ends. It is read as far as that needs: strings, and brackets that match in number.
(func $json_end (param $at i32) (param $end i32) (result i32) (local $depth i32) (local $byte i32)
  (block $found
    (loop $next
      (local.set $byte (call $json_byte (local.get $at) (local.get $end)))
      (br_if $found (i32.eqz (local.get $byte)))
      (if (i32.eq (local.get $byte) (i32.const 0x22))
        (then (local.set $at (call $json_string_end (local.get $at) (local.get $end))))
        (else
          (if (i32.or (i32.eq (local.get $byte) (i32.const 0x5d)) (i32.eq (local.get $byte) (i32.const 0x7d)))
            (then
              (br_if $found (i32.eqz (local.get $depth)))
              (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))))
          (br_if $found
            (i32.and (i32.eqz (local.get $depth)) (i32.or
              (i32.eq (local.get $byte) (i32.const 0x2c)) (i32.le_u (local.get $byte) (i32.const 0x20)))))
          (if (i32.or (i32.eq (local.get $byte) (i32.const 0x5b)) (i32.eq (local.get $byte) (i32.const 0x7b)))
            (then (local.set $depth (i32.add (local.get $depth) (i32.const 1)))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))))
      (br $next)))
  (local.get $at))

;; Where the string that begins here ends.
(func $json_string_end (param $at i32) (param $end i32) (result i32) (local $byte i32)
  (loop $next
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (local.set $byte (call $json_byte (local.get $at) (local.get $end)))
    (if (i32.eqz (local.get $byte)) (then (return (local.get $end))))
    (if (i32.eq (local.get $byte) (i32.const 0x5c))
      (then (local.set $at (i32.add (local.get $at) (i32.const 1))) (br $next)))
    (br_if $next (i32.ne (local.get $byte) (i32.const 0x22))))
  (i32.add (local.get $at) (i32.const 1)))

;; The value of an object's member as it is written there; empty when it does not have the member.
(func $json_member (param $at i32) (param $length i32) (param $name i32) (param $name_length i32) (result i32 i32)
  (local $end i32) (local $key i32) (local $key_end i32) (local $value_end i32)
  (local.set $end (i32.add (local.get $at) (local.get $length)))
  (local.set $at (call $json_space (local.get $at) (local.get $end)))
  (block $missing
    (br_if $missing (i32.ne (call $json_byte (local.get $at) (local.get $end)) (i32.const 0x7b)))
    (loop $next
      (local.set $key (call $json_space (i32.add (local.get $at) (i32.const 1)) (local.get $end)))
      (br_if $missing (i32.ne (call $json_byte (local.get $key) (local.get $end)) (i32.const 0x22)))
      (local.set $key_end (call $json_string_end (local.get $key) (local.get $end)))
      (local.set $at (call $json_space (local.get $key_end) (local.get $end)))
      (br_if $missing (i32.ne (call $json_byte (local.get $at) (local.get $end)) (i32.const 0x3a)))
      (local.set $at (call $json_space (i32.add (local.get $at) (i32.const 1)) (local.get $end)))
      (local.set $value_end (call $json_end (local.get $at) (local.get $end)))
      (if (call $equal
            (call $json_text (local.get $key) (i32.sub (local.get $key_end) (local.get $key)))
            (local.get $name) (local.get $name_length))
        (then (return (local.get $at) (i32.sub (local.get $value_end) (local.get $at)))))
      (local.set $at (call $json_space (local.get $value_end) (local.get $end)))
      (br_if $next (i32.eq (call $json_byte (local.get $at) (local.get $end)) (i32.const 0x2c)))))
  (i32.const 0) (i32.const 0))

;; The text that a JSON string stands for. The string comes with its quotes.
(func $json_text (param $at i32) (param $length i32) (result i32 i32)
  (local $start i32) (local $to i32) (local $end i32) (local $byte i32) (local $code i32)
  (local.set $start (call $allocate (local.get $length)))
  (local.set $to (local.get $start))
  (local.set $end (i32.sub (i32.add (local.get $at) (local.get $length)) (i32.const 1)))
  (block $all
    (loop $next
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $all (i32.ge_s (local.get $at) (local.get $end)))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $byte) (i32.const 0x5c))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $byte (call $json_unescape (i32.load8_u (local.get $at))))
          (if (i32.eq (local.get $byte) (i32.const 0x75))
            (then
              (local.set $code (call $json_unit (i32.add (local.get $at) (i32.const 1))))
              (local.set $at (i32.add (local.get $at) (i32.const 4)))
              ;; The first half of a character beyond U+FFFF; the second half follows as another escape.
              (if (i32.eq (i32.and (local.get $code) (i32.const 0xfc00)) (i32.const 0xd800))
                (then
                  (local.set $code
                    (i32.add (i32.const 0x10000)
                      (i32.or
                        (i32.shl (i32.and (local.get $code) (i32.const 0x3ff)) (i32.const 10))
                        (i32.and (call $json_unit (i32.add (local.get $at) (i32.const 3))) (i32.const 0x3ff)))))
                  (local.set $at (i32.add (local.get $at) (i32.const 6)))))
              (local.set $to (call $store_character (local.get $to) (local.get $code)))
              (br $next)))))
      (i32.store8 (local.get $to) (local.get $byte))
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (br $next)))
  (local.get $start) (i32.sub (local.get $to) (local.get $start)))

;; The byte that a letter after a backslash stands for.
(func $json_unescape (param $letter i32) (result i32) (local $at i32)
  (local.set $at (i32.const 0x3c0))
  (loop $next
    (if (i32.eq (i32.load8_u offset=1 (local.get $at)) (local.get $letter)) (then (return (i32.load8_u (local.get $at)))))
    (local.set $at (i32.add (local.get $at) (i32.const 2)))
    (br_if $next (i32.load8_u (local.get $at))))
  (local.get $letter))

;; The value of four hexadecimal digits.
(func $json_unit (param $at i32) (result i32) (local $value i32) (local $count i32) (local $byte i32)
  (loop $next
    (local.set $byte (i32.load8_u (local.get $at)))
    (if (i32.gt_u (local.get $byte) (i32.const 0x39))
      (then (local.set $byte (i32.add (local.get $byte) (i32.const 9)))))
    (local.set $value (i32.or (i32.shl (local.get $value) (i32.const 4)) (i32.and (local.get $byte) (i32.const 15))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (local.set $count (i32.add (local.get $count) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $count) (i32.const 4))))
  (local.get $value))

;; Stores a character in UTF-8 and returns the address after it.
(func $store_character (param $at i32) (param $code i32) (result i32) (local $following i32)
  (if (i32.lt_u (local.get $code) (i32.const 0x80))
    (then
      (i32.store8 (local.get $at) (local.get $code))
      (return (i32.add (local.get $at) (i32.const 1)))))
  (local.set $following
    (i32.add (i32.const 1)
      (i32.add (i32.ge_u (local.get $code) (i32.const 0x800)) (i32.ge_u (local.get $code) (i32.const 0x10000)))))
  (i32.store8 (local.get $at)
    (i32.or
      (i32.shr_s (i32.const 0xffffff80) (local.get $following))
      (i32.shr_u (local.get $code) (i32.mul (local.get $following) (i32.const 6)))))
  (loop $next
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (local.set $following (i32.sub (local.get $following) (i32.const 1)))
    (i32.store8 (local.get $at)
      (i32.or (i32.const 0x80)
        (i32.and (i32.const 0x3f)
          (i32.shr_u (local.get $code) (i32.mul (local.get $following) (i32.const 6))))))
    (br_if $next (local.get $following)))
  (i32.add (local.get $at) (i32.const 1)))
