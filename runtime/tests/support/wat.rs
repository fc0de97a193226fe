//! Small contracts written by hand.

/// A core module whose `invoke` has this body. The parameters are `$name $name_len $args $count`; the result is the address of tag,
/// address and length. `(call $ok ptr len)` and `(call $err ptr len)` make one.
pub fn contract(imports: &str, body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module {imports}
  (memory (export "memory") 1)
  (global $heap (mut i32) (i32.const 32768))
  (func (export "cabi_realloc") (param i32 i32 i32 $size) (result i32) (local $at i32)
    (local.set $at (global.get $heap))
    (global.set $heap (i32.and (i32.add (i32.add (global.get $heap) (local.get $size)) (i32.const 7)) (i32.const -8)))
    (block $enough (loop $grow
      (br_if $enough (i32.le_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536))))
      (br_if $grow (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))
      unreachable))
    (local.get $at))
  (func $result (param $tag i32) (param $ptr i32) (param $len i32) (result i32)
    (i32.store8 (i32.const 16) (local.get $tag))
    (i32.store (i32.const 20) (local.get $ptr))
    (i32.store (i32.const 24) (local.get $len))
    (i32.const 16))
  (func $ok (param $ptr i32) (param $len i32) (result i32) (call $result (i32.const 0) (local.get $ptr) (local.get $len)))
  (func $err (param $ptr i32) (param $len i32) (result i32) (call $result (i32.const 1) (local.get $ptr) (local.get $len)))
  (func (export "contract_init") (param i32 i32 i32 i32) (result i32) (call $ok (i32.const 0) (i32.const 0)))
  (func (export "contract_invoke") (param $name i32) (param $name_len i32) (param $args i32) (param $count i32) (result i32)
    {body}))"#
    );
    let text = text.replace("(param i32 i32 i32 $size)", "(param i32 i32 i32) (param $size i32)");
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}
