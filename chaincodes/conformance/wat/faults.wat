;; Every way to misbehave, and a list of numbers as JSON.

(data (i32.const 0x1110) "value\00")
(data (i32.const 0x1120) "JSON\00")

(func $Echo (result i32) (local $at i32) (local $end i32) (local $value_end i32) (local $number i64) (local $is_number i32)
  (call $arg (i32.const 0))
  (local.set $end)
  (local.set $at)
  (local.set $end (i32.add (local.get $at) (local.get $end)))
  (call $append_byte (i32.const 0x5b))
  (block $wrong
    (local.set $at (call $json_space (local.get $at) (local.get $end)))
    (br_if $wrong (i32.ne (call $json_byte (local.get $at) (local.get $end)) (i32.const 0x5b)))
    (local.set $at (call $json_space (i32.add (local.get $at) (i32.const 1)) (local.get $end)))
    (block $all
      (br_if $all (i32.eq (call $json_byte (local.get $at) (local.get $end)) (i32.const 0x5d)))
      (loop $next
        (local.set $value_end (call $json_end (local.get $at) (local.get $end)))
        ;; JSON has neither a plus sign nor zeros in front.
        (br_if $wrong (i32.eq (call $json_byte (local.get $at) (local.get $end)) (i32.const 0x2b)))
        (br_if $wrong
          (i32.and
            (i32.eq (call $json_byte (local.get $at) (local.get $end)) (i32.const 0x30))
            (i32.ne (i32.sub (local.get $value_end) (local.get $at)) (i32.const 1))))
        (call $parse_integer
          (local.get $at) (i32.sub (local.get $value_end) (local.get $at)) (i32.const 0) (i32.const 1))
        (local.set $is_number)
        (local.set $number)
        (br_if $wrong (i32.eqz (local.get $is_number)))
        (call $append_u64 (local.get $number) (i32.const 1))
        (local.set $at (call $json_space (local.get $value_end) (local.get $end)))
        (if (i32.eq (call $json_byte (local.get $at) (local.get $end)) (i32.const 0x2c))
          (then
            (call $append_byte (i32.const 0x2c))
            (local.set $at (call $json_space (i32.add (local.get $at) (i32.const 1)) (local.get $end)))
            (br $next))))
      (br_if $wrong (i32.ne (call $json_byte (local.get $at) (local.get $end)) (i32.const 0x5d))))
    (br_if $wrong
      (i32.ne (call $json_space (i32.add (local.get $at) (i32.const 1)) (local.get $end)) (local.get $end)))
    (call $append_byte (i32.const 0x5d))
    (return (call $succeed (call $built))))
  (drop (drop (call $built)))
  (call $refuse (call $text (i32.const 0x1110)) (i32.const 0) (call $text (i32.const 0x1120))))

(func $Panic (result i32)
  (call $panic (call $arg (i32.const 0)))
  unreachable)

(func $Loop (result i32)
  (loop $forever (br $forever))
  unreachable)

(func $EatMemory (result i32)
  (loop $forever
    (drop (call $allocate (i32.const 0x100000)))
    (br $forever))
  unreachable)

(func $Recurse (result i32)
  (call $append_u64 (call $recurse (call $number (i32.const 0))) (i32.const 1))
  (call $succeed (call $built)))

(func $recurse (param $depth i64) (result i64)
  (local.set $depth (i64.add (local.get $depth) (i64.const 1)))
  (if (i64.eqz (local.get $depth)) (then (return (i64.const 0))))
  (i64.xor (call $recurse (local.get $depth)) (local.get $depth)))

(func $Large (result i32) (local $start i32) (local $length i32)
  (local.set $length (i32.wrap_i64 (call $number (i32.const 0))))
  (local.set $start (call $allocate (local.get $length)))
  (memory.fill (local.get $start) (i32.const 0x78) (local.get $length))
  (call $succeed (local.get $start) (local.get $length)))

(func $HoldIterators (result i32) (local $count i64) (local $status i32)
  (local.set $count (call $number (i32.const 0)))
  (block $all
    (loop $next
      (br_if $all (i64.eqz (local.get $count)))
      (local.set $status (call $get_state_by_range (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
      (if (i32.lt_s (local.get $status) (i32.const 0)) (then (return (call $done (local.get $status)))))
      (local.set $count (i64.sub (local.get $count) (i64.const 1)))
      (br $next)))
  (call $done (i32.const 0)))
