;; How arguments and results are written. Functions with the result of a call to the peer as their parameter end the function.

(data (i32.const 0x1130) "<none>\00")
(data (i32.const 0x1140) "deleted\00")

;; The parts of an argument between commas, without empty ones, as a list for the peer.
(func $list (param $index i32) (result i32 i32)
  (call $split (call $arg (local.get $index)) (i32.const 0)))

;; The same with key=value each, as a list of entries.
(func $entries (param $index i32) (result i32 i32)
  (call $split (call $arg (local.get $index)) (i32.const 1)))

(func $split (param $at i32) (param $length i32) (param $has_values i32) (result i32 i32)
  (local $list i32) (local $to i32) (local $count i32) (local $end i32) (local $part_end i32) (local $key_end i32)
  (local.set $end (i32.add (local.get $at) (local.get $length)))
  (local.set $list (call $allocate (i32.shl (i32.add (local.get $length) (i32.const 1)) (i32.const 4))))
  (local.set $to (local.get $list))
  (loop $next
    (local.set $part_end (call $find_before (local.get $at) (local.get $end) (i32.const 0x2c)))
    (if (i32.ne (local.get $at) (local.get $part_end))
      (then
        (local.set $key_end (local.get $part_end))
        (if (local.get $has_values)
          (then
            (local.set $key_end (call $find_before (local.get $at) (local.get $part_end) (i32.const 0x3d)))
            (if (i32.ne (local.get $key_end) (local.get $part_end))
              (then
                (i32.store offset=8 (local.get $to) (i32.add (local.get $key_end) (i32.const 1)))
                (i32.store offset=12 (local.get $to)
                  (i32.sub (i32.sub (local.get $part_end) (local.get $key_end)) (i32.const 1)))))))
        (i32.store (local.get $to) (local.get $at))
        (i32.store offset=4 (local.get $to) (i32.sub (local.get $key_end) (local.get $at)))
        (local.set $to (i32.add (local.get $to) (i32.shl (i32.const 8) (local.get $has_values))))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))))
    (local.set $at (i32.add (local.get $part_end) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
  (local.get $list) (local.get $count))

;; Where a byte comes first; the end when it does not come.
(func $find_before (param $at i32) (param $end i32) (param $byte i32) (result i32)
  (block $found
    (loop $next
      (br_if $found (i32.eq (local.get $at) (local.get $end)))
      (br_if $found (i32.eq (i32.load8_u (local.get $at)) (local.get $byte)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
  (local.get $at))

;; The same bytes, with one byte in place of another.
(func $replace (param $start i32) (param $length i32) (param $byte i32) (param $by i32) (result i32 i32)
  (local $at i32) (local $end i32)
  (local.set $at (local.get $start))
  (local.set $end (i32.add (local.get $start) (local.get $length)))
  (loop $next
    (local.set $at (call $find_before (local.get $at) (local.get $end) (local.get $byte)))
    (if (i32.ne (local.get $at) (local.get $end))
      (then (i32.store8 (local.get $at) (local.get $by)) (br $next))))
  (local.get $start) (local.get $length))

;; Separators of composite keys are shown as /.
(func $with_separators (param $start i32) (param $length i32) (result i32 i32)
  (call $replace (local.get $start) (local.get $length) (i32.const 0x2f) (i32.const 0)))

(func $without_separators (param $start i32) (param $length i32) (result i32 i32)
  (call $replace (local.get $start) (local.get $length) (i32.const 0) (i32.const 0x2f)))

;; The bytes of register 0.
(func $payload (param $status i32) (result i32)
  (if (i32.lt_s (local.get $status) (i32.const 0)) (then (return (call $done (local.get $status)))))
  (call $succeed (call $register (i32.const 0))))

;; The same, with separators shown.
(func $shown (param $status i32) (result i32)
  (if (i32.lt_s (local.get $status) (i32.const 0)) (then (return (call $done (local.get $status)))))
  (call $succeed (call $without_separators (call $register (i32.const 0)))))

;; Text that may not exist.
(func $optional (param $status i32) (result i32)
  (if (i32.eq (local.get $status) (i32.const -2)) (then (return (call $done (local.get $status)))))
  (call $append_optional (i32.const 0))
  (call $succeed (call $built)))

;; A hash that may not exist.
(func $optional_hex (param $status i32) (result i32)
  (if (i32.ne (local.get $status) (i32.const 1)) (then (return (call $optional (local.get $status)))))
  (call $append_hex (call $register (i32.const 0)))
  (call $succeed (call $built)))

(func $append_optional (param $register i32)
  (if (i32.lt_s (call $register_len (local.get $register)) (i32.const 0))
    (then (call $append_text (i32.const 0x1130)) (return)))
  (call $append_lossy (call $register (local.get $register))))

;; Texts that may not exist.
(func $optionals (param $status i32) (result i32)
  (if (i32.lt_s (local.get $status) (i32.const 0)) (then (return (call $done (local.get $status)))))
  (call $joined (local.get $status)))

;; Texts.
(func $joined (param $status i32) (result i32)
  (if (i32.lt_s (local.get $status) (i32.const 0)) (then (return (call $done (local.get $status)))))
  (call $append_list (i32.const 0) (local.get $status))
  (call $succeed (call $built)))

;; Appends the texts in some registers, from the first to before the last.
(func $append_list (param $register i32) (param $end i32) (local $some i32)
  (loop $next
    (if (i32.ge_u (local.get $register) (local.get $end)) (then (return)))
    (if (local.get $some) (then (call $append_byte (i32.const 0x2c))))
    (call $append_optional (local.get $register))
    (local.set $register (i32.add (local.get $register) (i32.const 1)))
    (local.set $some (i32.const 1))
    (br $next)))

;; Names and values.
(func $pairs (param $status i32) (result i32) (local $register i32)
  (if (i32.lt_s (local.get $status) (i32.const 0)) (then (return (call $done (local.get $status)))))
  (block $all
    (loop $next
      (br_if $all (i32.ge_u (local.get $register) (local.get $status)))
      (if (local.get $register) (then (call $append_byte (i32.const 0x2c))))
      (call $append_pair (local.get $register))
      (local.set $register (i32.add (local.get $register) (i32.const 2)))
      (br $next)))
  (call $succeed (call $built)))

(func $append_pair (param $register i32)
  (call $append_register (local.get $register))
  (call $append_byte (i32.const 0x3d))
  (call $append_lossy (call $register (i32.add (local.get $register) (i32.const 1)))))

;; The keys and values of an iterator.
(func $found (param $status i32) (result i32)
  (if (i32.lt_s (local.get $status) (i32.const 0)) (then (return (call $done (local.get $status)))))
  (local.set $status (call $append_entries (i32.wrap_i64 (call $register_number (i32.const 0)))))
  (if (i32.eq (local.get $status) (i32.const -2)) (then (return (call $done (local.get $status)))))
  (call $succeed (call $without_separators (call $built))))

;; Appends what an iterator has, and closes it. Returns what its last call returned.
(func $append_entries (param $iterator i32) (result i32) (local $status i32) (local $some i32)
  (block $end
    (loop $next
      (local.set $status (call $state_iterator_next (local.get $iterator)))
      (br_if $end (i32.lt_s (local.get $status) (i32.const 0)))
      (if (local.get $some) (then (call $append_byte (i32.const 0x2c))))
      (call $append_pair (i32.const 0))
      (local.set $some (i32.const 1))
      (br $next)))
  (if (i32.eq (local.get $status) (i32.const -1)) (then (call $state_iterator_close (local.get $iterator))))
  (local.get $status))

;; The same of a page, with the number of keys and the next bookmark.
(func $page (param $status i32) (result i32) (local $count i64) (local $bookmark i32) (local $length i32)
  (if (i32.lt_s (local.get $status) (i32.const 0)) (then (return (call $done (local.get $status)))))
  (local.set $count (call $register_number (i32.const 1)))
  (call $register (i32.const 2))
  (local.set $length)
  (local.set $bookmark)
  (local.set $status (call $append_entries (i32.wrap_i64 (call $register_number (i32.const 0)))))
  (if (i32.eq (local.get $status) (i32.const -2)) (then (return (call $done (local.get $status)))))
  (call $append_byte (i32.const 0x7c))
  (call $append_u64 (local.get $count) (i32.const 1))
  (call $append_byte (i32.const 0x7c))
  (call $append (local.get $bookmark) (local.get $length))
  (call $succeed (call $without_separators (call $built))))

;; The modifications of a key.
(func $history (param $status i32) (result i32) (local $iterator i32) (local $some i32)
  (if (i32.lt_s (local.get $status) (i32.const 0)) (then (return (call $done (local.get $status)))))
  (local.set $iterator (i32.wrap_i64 (call $register_number (i32.const 0))))
  (block $end
    (loop $next
      (local.set $status (call $history_iterator_next (local.get $iterator)))
      (br_if $end (i32.lt_s (local.get $status) (i32.const 0)))
      (if (local.get $some) (then (call $append_byte (i32.const 0x2c))))
      (local.set $some (i32.const 1))
      (call $append_register (i32.const 0))
      (call $append_byte (i32.const 0x40))
      (call $append_i64 (call $register_number (i32.const 2)))
      (call $append_byte (i32.const 0x3d))
      (if (i32.wrap_i64 (call $register_number (i32.const 4)))
        (then (call $append_text (i32.const 0x1140)))
        (else (call $append_lossy (call $register (i32.const 1)))))
      (br $next)))
  (if (i32.eq (local.get $status) (i32.const -2)) (then (return (call $done (local.get $status)))))
  (call $history_iterator_close (local.get $iterator))
  (call $succeed (call $built)))
