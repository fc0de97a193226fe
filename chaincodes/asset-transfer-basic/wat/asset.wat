;; Assets as JSON: the fields in the order of their names, so that every language writes the same bytes.

(global $APPRAISED_VALUE i32 (i32.const 0x840))
(global $COLOR i32 (i32.const 0x850))
(global $ID i32 (i32.const 0x860))
(global $OWNER i32 (i32.const 0x870))
(global $SIZE i32 (i32.const 0x880))

(data (i32.const 0x840) "AppraisedValue\00")
(data (i32.const 0x850) "Color\00")
(data (i32.const 0x860) "ID\00")
(data (i32.const 0x870) "Owner\00")
(data (i32.const 0x880) "Size\00")
(data (i32.const 0x890) "missing or invalid field `\00")

;; The asset that the arguments of CreateAsset and UpdateAsset describe.
(func $asset_of_arguments (result i32 i32)
  (call $asset_json
    (call $number (i32.const 4))
    (call $arg (i32.const 1))
    (call $arg (i32.const 0))
    (call $arg (i32.const 3))
    (call $number (i32.const 2))))

;; An asset as it is stored.
(func $asset_json
  (param $appraised_value i64) (param $color i32) (param $color_length i32) (param $id i32) (param $id_length i32)
  (param $owner i32) (param $owner_length i32) (param $size i64) (result i32 i32)
  (call $append_byte (i32.const 0x7b))
  (call $append_field (global.get $APPRAISED_VALUE))
  (call $append_i64 (local.get $appraised_value))
  (call $append_byte (i32.const 0x2c))
  (call $append_field (global.get $COLOR))
  (call $append_json (local.get $color) (local.get $color_length))
  (call $append_byte (i32.const 0x2c))
  (call $append_field (global.get $ID))
  (call $append_json (local.get $id) (local.get $id_length))
  (call $append_byte (i32.const 0x2c))
  (call $append_field (global.get $OWNER))
  (call $append_json (local.get $owner) (local.get $owner_length))
  (call $append_byte (i32.const 0x2c))
  (call $append_field (global.get $SIZE))
  (call $append_i64 (local.get $size))
  (call $append_byte (i32.const 0x7d))
  (call $built))

(func $append_field (param $name i32)
  (call $append_json (call $text (local.get $name)))
  (call $append_byte (i32.const 0x3a)))

;; The name of a field that a stored asset does not have as it should, 0 when all are right.
(func $faulty_field (param $json i32) (param $length i32) (result i32) (local $name i32)
  (local.set $name (global.get $APPRAISED_VALUE))
  (loop $next
    (if (i32.eqz
          (call $is_field
            (call $json_member (local.get $json) (local.get $length) (call $text (local.get $name)))
            (i32.or
              (i32.eq (local.get $name) (global.get $APPRAISED_VALUE))
              (i32.eq (local.get $name) (global.get $SIZE)))))
      (then (return (local.get $name))))
    (local.set $name (i32.add (local.get $name) (i32.const 0x10)))
    (br_if $next (i32.le_u (local.get $name) (global.get $SIZE))))
  (i32.const 0))

;; Whether a value is an integer, or a text.
(func $is_field (param $value i32) (param $length i32) (param $is_number i32) (result i32)
  (if (i32.eqz (local.get $length)) (then (return (i32.const 0))))
  (if (i32.eqz (local.get $is_number)) (then (return (i32.eq (i32.load8_u (local.get $value)) (i32.const 0x22)))))
  (call $parse_integer (local.get $value) (local.get $length) (i32.const 1) (i32.const 1))
  (local.set $is_number)
  drop
  (local.get $is_number))

;; The message about it.
(func $not_a_field (param $name i32) (result i32 i32)
  (call $append_text (i32.const 0x890))
  (call $append_text (local.get $name))
  (call $append_byte (i32.const 0x60))
  (call $built))

(func $text_field (param $json i32) (param $length i32) (param $name i32) (result i32 i32)
  (call $json_text (call $json_member (local.get $json) (local.get $length) (call $text (local.get $name)))))

(func $number_field (param $json i32) (param $length i32) (param $name i32) (result i64)
  (call $parse_integer
    (call $json_member (local.get $json) (local.get $length) (call $text (local.get $name)))
    (i32.const 1) (i32.const 1))
  drop)
