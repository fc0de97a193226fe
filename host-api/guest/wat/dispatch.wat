;; From a call to the contract's functions.
;;
;; A contract declares its functions in a data segment named $functions, one a line, and lists what stands for them in a table,
;; in the same order:
;;
;;   (data $functions (i32.const 0x400)
;;     "submit SetSize(id: String, size: i64)\n"
;;     "evaluate Size(id: String)\n")
;;   (table funcref (elem $set_size $size))
;;
;; Each is a (func (result i32)) that ends with $succeed, $done or $fail. When it runs, as many arguments have come as it declares,
;; and they are of the declared types: String (or any name the kit does not know: text in UTF-8), Vec<u8> (any bytes), i64, u64,
;; i32, u32, bool. Types have no commas in their names, functions at most 28 parameters.
;;
;; The declaration ends with a zero byte: leave one after it. It also goes into the file as the custom section
;; "fabric:chaincode/functions", which shows people what the contract offers.

(type $transaction (func (result i32)))

;; The arguments: address, length, and the number that an integer stands for, 16 bytes each. The first is the function's name.
(global $arguments i32 (i32.const 0x20))
(global $arguments_limit i32 (i32.const 29))

(data (i32.const 0x240) "Function \00")
(data (i32.const 0x250) " not found in contract\00")
(data (i32.const 0x270) "Incorrect number of params. Expected \00")
(data (i32.const 0x2a0) ", received \00")
(data (i32.const 0x2b0) "Error managing parameter \00")
(data (i32.const 0x2d0) ". Cannot convert passed value \00")
(data (i32.const 0x2f0) " to \00")
(data (i32.const 0x300) ". Passed value is not valid UTF-8\00")
(data (i32.const 0x330) "integer\00")
(data (i32.const 0x340) "boolean\00")
(data (i32.const 0x350) "Vec<u8>\00")
(data (i32.const 0x360) "true\00")
(data (i32.const 0x370) "false\00")
(data (i32.const 0x380) "\ef\bf\bd\00")
(data (i32.const 0x390) "0123456789abcdef\00")
(data (i32.const 0x3a8) "bool\00")

;; An argument, counted from 0.
(func $arg (param $index i32) (result i32 i32) (local $at i32)
  (local.set $at (call $argument_address (local.get $index)))
  (i32.load (local.get $at)) (i32.load offset=4 (local.get $at)))

;; The value of an argument that is declared as an integer, or as bool (0 or 1).
(func $number (param $index i32) (result i64)
  (i64.load offset=8 (call $argument_address (local.get $index))))

(func $argument_address (param $index i32) (result i32)
  (i32.add (global.get $arguments) (i32.shl (i32.add (local.get $index) (i32.const 1)) (i32.const 4))))

;; "true" or "false".
(func $bool (param $value i32) (result i32 i32)
  (call $text (select (i32.const 0x360) (i32.const 0x370) (local.get $value))))

;; Ends a function: the response of status 200 with this payload.
(func $succeed (param $payload i32) (param $length i32) (result i32)
  (call $set_response (local.get $payload) (local.get $length))
  (i32.const 0))

;; Ends a function: the response of status 500 with this message, which endorses nothing.
(func $fail (param $message i32) (param $length i32) (result i32)
  (call $set_response (local.get $message) (local.get $length))
  (i32.const 1))

;; Ends a function after a call to the peer: with its error, if it returned one, else with an empty payload.
(func $done (param $status i32) (result i32)
  (if (i32.eq (local.get $status) (i32.const -2)) (then (return (call $fail (call $register (i32.const 0))))))
  (call $succeed (i32.const 0) (i32.const 0)))

;; The peer calls this for transactions, and, as there is no "init", also for those that initialise the chaincode.
(func (export "invoke") (result i32)
  (local $count i32) (local $index i32) (local $at i32) (local $name i32)
  (local.set $count (call $load_arguments))
  (local.set $at (i32.const 0x400))
  (loop $next
    (if (i32.eqz (i32.load8_u (local.get $at)))
      (then
        (call $append_text (i32.const 0x240))
        (call $append (call $arg (i32.const -1)))
        (call $append_text (i32.const 0x250))
        (return (call $fail (call $built)))))
    (local.set $name (i32.add (call $find (local.get $at) (i32.const 0x20)) (i32.const 1)))
    (local.set $at (call $find (local.get $name) (i32.const 0x28)))
    (if (call $equal (local.get $name) (i32.sub (local.get $at) (local.get $name)) (call $arg (i32.const -1)))
      (then (return (call $call_function (local.get $index) (i32.add (local.get $at) (i32.const 1)) (local.get $count)))))
    (local.set $index (i32.add (local.get $index) (i32.const 1)))
    (local.set $at (i32.add (call $find (local.get $at) (i32.const 0x0a)) (i32.const 1)))
    (br $next))
  unreachable)

;; Copies the arguments here and returns how many there are, without the function's name.
(func $load_arguments (result i32) (local $count i32) (local $index i32) (local $at i32) (local $start i32) (local $length i32)
  (local.set $count (call $args))
  (block $all
    (loop $next
      (br_if $all (i32.ge_u (local.get $index) (local.get $count)))
      (br_if $all (i32.ge_u (local.get $index) (global.get $arguments_limit)))
      (local.set $at (i32.add (global.get $arguments) (i32.shl (local.get $index) (i32.const 4))))
      (call $register (local.get $index))
      (local.set $length)
      (local.set $start)
      (i32.store (local.get $at) (local.get $start))
      (i32.store offset=4 (local.get $at) (local.get $length))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br $next)))
  (i32.sub (local.get $count) (i32.const 1)))

;; Runs a function whose parameters are declared from this address on.
(func $call_function (param $function i32) (param $at i32) (param $count i32) (result i32)
  (local $expected i32) (local $index i32) (local $name_end i32) (local $type_end i32) (local $kind i32)
  (local.set $expected (call $count_parameters (local.get $at)))
  (if (i32.ne (local.get $expected) (local.get $count))
    (then
      (call $append_text (i32.const 0x270))
      (call $append_u64 (i64.extend_i32_u (local.get $expected)) (i32.const 1))
      (call $append_text (i32.const 0x2a0))
      (call $append_u64 (i64.extend_i32_u (local.get $count)) (i32.const 1))
      (return (call $fail (call $built)))))
  (block $all
    (loop $next
      (br_if $all (i32.eq (local.get $index) (local.get $count)))
      (local.set $name_end (call $find (local.get $at) (i32.const 0x3a)))
      (local.set $type_end (call $parameter_end (local.get $name_end)))
      (local.set $kind
        (call $convert
          (local.get $index)
          (i32.add (local.get $name_end) (i32.const 2))
          (i32.sub (i32.sub (local.get $type_end) (local.get $name_end)) (i32.const 2))))
      (if (local.get $kind)
        (then
          (return
            (call $refuse
              (local.get $at) (i32.sub (local.get $name_end) (local.get $at))
              (local.get $index) (call $text (local.get $kind))))))
      (local.set $at (i32.add (local.get $type_end) (i32.const 2)))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br $next)))
  (call_indirect (type $transaction) (local.get $function)))

;; Where a parameter's declaration ends: at a comma or a closing parenthesis.
(func $parameter_end (param $at i32) (result i32) (local $byte i32)
  (block $found
    (loop $next
      (local.set $byte (i32.load8_u (local.get $at)))
      (br_if $found (i32.eq (local.get $byte) (i32.const 0x2c)))
      (br_if $found (i32.eq (local.get $byte) (i32.const 0x29)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
  (local.get $at))

(func $count_parameters (param $at i32) (result i32) (local $count i32)
  (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x29)) (then (return (i32.const 0))))
  (loop $next
    (local.set $count (i32.add (local.get $count) (i32.const 1)))
    (local.set $at (i32.add (call $parameter_end (local.get $at)) (i32.const 1)))
    (br_if $next (i32.eq (i32.load8_u (i32.sub (local.get $at) (i32.const 1))) (i32.const 0x2c))))
  (local.get $count))

;; Checks an argument against a type, and stores its number. Returns 0, or what the argument should have been.
(func $convert (param $index i32) (param $type i32) (param $length i32) (result i32)
  (local $sign i32) (local $number i64) (local $is_number i32) (local $at i32)
  (local.set $at (call $argument_address (local.get $index)))
  (if (call $equal (local.get $type) (local.get $length) (call $text (i32.const 0x350))) (then (return (i32.const 0))))
  (if (call $equal (local.get $type) (local.get $length) (call $text (i32.const 0x3a8)))
    (then
      (local.set $is_number (call $equal (call $arg (local.get $index)) (call $text (i32.const 0x360))))
      (i64.store offset=8 (local.get $at) (i64.extend_i32_u (local.get $is_number)))
      (return
        (select (i32.const 0) (i32.const 0x340)
          (i32.or (local.get $is_number) (call $equal (call $arg (local.get $index)) (call $text (i32.const 0x370))))))))
  (local.set $sign (i32.load8_u (local.get $type)))
  (if (i32.and
        (i32.eq (local.get $length) (i32.const 3))
        (i32.or (i32.eq (local.get $sign) (i32.const 0x69)) (i32.eq (local.get $sign) (i32.const 0x75))))
    (then
      (call $parse_integer
        (call $arg (local.get $index))
        (i32.eq (local.get $sign) (i32.const 0x69))
        (i32.eq (i32.load8_u offset=1 (local.get $type)) (i32.const 0x36)))
      (local.set $is_number)
      (local.set $number)
      (i64.store offset=8 (local.get $at) (local.get $number))
      (return (select (i32.const 0) (i32.const 0x330) (local.get $is_number)))))
  (select (i32.const 0) (local.get $type) (call $is_utf8 (call $arg (local.get $index)))))

;; Ends a function because of an argument: the parameter's name, and what it should have been.
(func $refuse (param $name i32) (param $length i32) (param $index i32) (param $kind i32) (param $kind_length i32) (result i32)
  (call $append_text (i32.const 0x2b0))
  (call $append (local.get $name) (local.get $length))
  (if (call $is_utf8 (call $arg (local.get $index)))
    (then
      (call $append_text (i32.const 0x2d0))
      (call $append (call $arg (local.get $index)))
      (call $append_text (i32.const 0x2f0))
      (call $append (local.get $kind) (local.get $kind_length)))
    (else (call $append_text (i32.const 0x300))))
  (call $fail (call $built)))
